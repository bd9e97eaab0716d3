"""The first schema.

Revision: 0001, the beginning
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('closes',
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('draft_hash', sa.Text(), nullable=False),
    sa.Column('approved_hash', sa.Text(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('table_versions', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('period', name=op.f('pk_closes'))
    )
    op.create_table('customers',
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('attention', sa.Text(), server_default='', nullable=False),
    sa.Column('street', sa.Text(), nullable=False),
    sa.Column('postcode', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('kvk', sa.Text(), server_default='', nullable=False),
    sa.Column('vat_id', sa.Text(), server_default='', nullable=False),
    sa.Column('vat_regime', sa.Text(), nullable=False),
    sa.Column('iban', sa.Text(), server_default='', nullable=False),
    sa.Column('mandate_id', sa.Text(), server_default='', nullable=False),
    sa.Column('mandate_signed_on', sa.Date(), nullable=True),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('delivery', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('customer_id', name=op.f('pk_customers'))
    )
    op.create_table('decks',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_decks'))
    )
    op.create_table('events',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_events'))
    )
    op.create_table('plans',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('product', sa.Text(), nullable=False),
    sa.Column('name_nl', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('deck', sa.Text(), server_default='', nullable=False),
    sa.Column('monthly_micro_eur', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_plans'))
    )
    op.create_table('releases',
    sa.Column('release_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('content_key', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('run_on', sa.Date(), nullable=False),
    sa.Column('table_versions', sa.Text(), nullable=False),
    sa.Column('controls', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('release_id', name=op.f('pk_releases'))
    )
    op.create_table('source_files',
    sa.Column('file_id', sa.Text(), nullable=False),
    sa.Column('arrival', sa.Integer(), nullable=False),
    sa.Column('feed', sa.Text(), nullable=True),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('sequence', sa.BigInteger(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('lines', sa.BigInteger(), nullable=False),
    sa.Column('framing_lines', sa.BigInteger(), nullable=False),
    sa.Column('filtered_lines', sa.BigInteger(), nullable=False),
    sa.Column('quarantined_lines', sa.BigInteger(), nullable=False),
    sa.Column('duplicate_calls', sa.BigInteger(), nullable=False),
    sa.Column('accepted_calls', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('file_id', 'arrival', name=op.f('pk_source_files'))
    )
    op.create_table('bundles',
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name_nl', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('allowance', sa.BigInteger(), nullable=False),
    sa.Column('is_group', sa.Boolean(), nullable=False),
    sa.Column('call_types', sa.Text(), nullable=False),
    sa.Column('destinations', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['plan'], ['plans.code'], name=op.f('fk_bundles_plan')),
    sa.PrimaryKeyConstraint('plan', 'code', name=op.f('pk_bundles'))
    )
    op.create_table('invoice_drafts',
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('problems', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['period'], ['closes.period'], name=op.f('fk_invoice_drafts_period')),
    sa.PrimaryKeyConstraint('period', 'customer_id', name=op.f('pk_invoice_drafts'))
    )
    op.create_table('invoices',
    sa.Column('invoice_number', sa.Text(), nullable=False),
    sa.Column('series', sa.Text(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('net_cents', sa.BigInteger(), nullable=False),
    sa.Column('vat_cents', sa.BigInteger(), nullable=False),
    sa.Column('gross_cents', sa.BigInteger(), nullable=False),
    sa.Column('usage_micro_eur', sa.BigInteger(), nullable=False),
    sa.Column('pdf_sha256', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.customer_id'], name=op.f('fk_invoices_customer_id')),
    sa.PrimaryKeyConstraint('invoice_number', name=op.f('pk_invoices')),
    sa.UniqueConstraint('period', 'customer_id', name=op.f('uq_invoices_period_customer_id')),
    sa.UniqueConstraint('series', 'sequence', name=op.f('uq_invoices_series_sequence'))
    )
    op.create_table('limits',
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('limit_micro_eur', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.customer_id'], name=op.f('fk_limits_customer_id')),
    sa.PrimaryKeyConstraint('customer_id', 'kind', name=op.f('pk_limits'))
    )
    op.create_table('outbox',
    sa.Column('mail_key', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_answer', sa.Text(), server_default='', nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('message', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.customer_id'], name=op.f('fk_outbox_customer_id')),
    sa.PrimaryKeyConstraint('mail_key', name=op.f('pk_outbox')),
    sa.UniqueConstraint('message_id', name=op.f('uq_outbox_message_id'))
    )
    op.create_table('subscriptions',
    sa.Column('subscription_id', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), server_default='', nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.customer_id'], name=op.f('fk_subscriptions_customer_id')),
    sa.ForeignKeyConstraint(['plan'], ['plans.code'], name=op.f('fk_subscriptions_plan')),
    sa.PrimaryKeyConstraint('subscription_id', name=op.f('pk_subscriptions'))
    )
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriptions_customer_id'), ['customer_id'], unique=False)

    op.create_table('users',
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('first_name', sa.Text(), server_default='', nullable=False),
    sa.Column('last_name', sa.Text(), server_default='', nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('roles', sa.Text(), nullable=False),
    sa.Column('registrations', sa.Text(), nullable=False),
    sa.Column('is_blocked', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.customer_id'], name=op.f('fk_users_customer_id')),
    sa.PrimaryKeyConstraint('username', name=op.f('pk_users'))
    )
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_users_customer_id'), ['customer_id'], unique=False)

    op.create_table('warnings',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('limit_value', sa.BigInteger(), nullable=False),
    sa.Column('customer_id', sa.Text(), nullable=False),
    sa.Column('used_value', sa.BigInteger(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.customer_id'], name=op.f('fk_warnings_customer_id')),
    sa.PrimaryKeyConstraint('subject', 'kind', 'period', 'level', 'limit_value', name=op.f('pk_warnings'))
    )
    op.create_table('numbers',
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('subscription_id', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscriptions.subscription_id'], name=op.f('fk_numbers_subscription_id')),
    sa.PrimaryKeyConstraint('number', 'valid_from', name=op.f('pk_numbers'))
    )
    with op.batch_alter_table('numbers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_numbers_subscription_id'), ['subscription_id'], unique=False)

    op.create_table('subscription_modules',
    sa.Column('subscription_id', sa.Text(), nullable=False),
    sa.Column('module', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['module'], ['plans.code'], name=op.f('fk_subscription_modules_module')),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscriptions.subscription_id'], name=op.f('fk_subscription_modules_subscription_id')),
    sa.PrimaryKeyConstraint('subscription_id', 'module', 'valid_from', name=op.f('pk_subscription_modules'))
    )


def downgrade() -> None:
    op.drop_table('subscription_modules')
    with op.batch_alter_table('numbers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_numbers_subscription_id'))

    op.drop_table('numbers')
    op.drop_table('warnings')
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_users_customer_id'))

    op.drop_table('users')
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscriptions_customer_id'))

    op.drop_table('subscriptions')
    op.drop_table('outbox')
    op.drop_table('limits')
    op.drop_table('invoices')
    op.drop_table('invoice_drafts')
    op.drop_table('bundles')
    op.drop_table('source_files')
    op.drop_table('releases')
    op.drop_table('plans')
    op.drop_table('events')
    op.drop_table('decks')
    op.drop_table('customers')
    op.drop_table('closes')
