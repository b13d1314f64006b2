"""Who does the human steps: people (manual), clerks at once (instant), clerks at the pace of the act (paced),
clerks by a scenario or by the applicant's ИИН (scripted).

``rules`` says which clerk a case has, ``pace`` and ``scripts`` when he is done and what he answers, ``settling``
takes what is due, ``office`` looks for it beside the messages, ``api`` is the operator's door. See
docs/how-to/clerks.md.
"""
