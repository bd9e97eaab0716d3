"""Invoicing: totals -> draft -> approval -> numbered snapshot -> PDF -> archive. What the doors call is named here."""

from invoicing.archive import path_of, read_pdf, verify, write_pdfs
from invoicing.build import draft_invoices
from invoicing.close import approve, commit, mark_sent, save_draft
from invoicing.closing import CloseDraft, closed_periods, show, status
from invoicing.drafts import Draft, hash_of
from invoicing.model import Invoice
from invoicing.parked import parked_fees
from invoicing.pdf import render
from invoicing.purged import Expired, expired, forget, oldest_year, remove_pdfs, tombstones
from invoicing.register import gross_by_customer, invoice, invoice_lines, invoices, issued
from invoicing.ties import invoice_numbers, invoice_vat

__all__ = [
    "CloseDraft",
    "Draft",
    "Expired",
    "Invoice",
    "approve",
    "closed_periods",
    "commit",
    "draft_invoices",
    "expired",
    "forget",
    "gross_by_customer",
    "hash_of",
    "invoice",
    "invoice_lines",
    "invoice_numbers",
    "invoice_vat",
    "invoices",
    "issued",
    "mark_sent",
    "oldest_year",
    "parked_fees",
    "path_of",
    "read_pdf",
    "remove_pdfs",
    "render",
    "save_draft",
    "show",
    "status",
    "tombstones",
    "verify",
    "write_pdfs",
]
