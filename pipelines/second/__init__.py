"""A second opinion on prices: a sample of the rated calls, priced again one by one in plain Python (control C12).

It reads the same price lists and accounts as rating, and shares none of its code: no compiled tables, no closed form,
no batches. What bundles paid is taken as stored; control C6 ties that.
"""

from pipelines.second.opinion import second_opinion

__all__ = ["second_opinion"]
