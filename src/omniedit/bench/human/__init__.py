"""Human scores: the ImagenHub protocol in a web page, and what a panel of people says in numbers.

runs           results folders of ``omniedit bench run``, read
study          what is rated: fixed when the first rater begins, the same for all
guideline      the words by which people rate
ratings        one log for each rater; it only grows
session        what one rater sees: blinded, in an order of their own
page, server   the web page, and the HTTP server behind it
export         ratings as CSV and JSON
reliability    Krippendorff's alpha
numbers        SC, PQ, O and accuracy of each contestant
judges         agreement of every judge with people
report         all of it
"""

from omniedit.bench.human.report import Report, report
from omniedit.bench.human.session import Session, begin

__all__ = ["Report", "Session", "begin", "report"]
