"""Measure an editor: a suite of items, a contestant that answers, a judge that scores, and a page that shows it all.

suites -> Item -> contestants -> answers -> judges -> results.jsonl -> summary -> report.html
"""
