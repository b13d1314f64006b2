"""Clerks take the human steps: people (manual), clerks at once (instant), clerks at the pace of the act (paced),
clerks by a scenario or by the applicant's ИИН (scripted).

``policy`` names the kinds of clerks; ``rules`` gives each case a clerk; ``pace``, ``scripts`` and ``choices`` give
the moment and the answer of a step; ``settlement`` takes due steps; ``clerk_office`` and ``background`` look for
due cases in the background. See docs/how-to/clerks.md.
"""
