"""Clerks take the human steps: people (manual), clerks at once (instant), clerks at the pace of the act (paced),
clerks by a scenario or by the applicant's ИИН (scripted).

``policy`` names the kinds of clerks; ``rules`` says which clerk a case has; ``pace`` and ``scripts`` say when the
clerk finishes and with which answer; ``settling`` takes due steps; ``office`` and ``beside`` look for due cases in
the background. See docs/how-to/clerks.md.
"""
