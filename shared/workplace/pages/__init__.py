"""The pages of employees, the same at every system with a workplace.

``site`` has the site, its session (``PageEmployee``) and its navigation; ``login_pages`` login and password;
``work_pages`` the lists of work and the search; ``case_pages`` a case with its tabs; ``step_pages`` what an
employee does in it; ``office_pages`` the head's view; ``place_pages`` the queue for places. Presenters
(``work_rows`` and the modules of ``cases``) turn rows into what a template shows.

A system adds pages of its own with ``make_router()``: its templates extend ``desk.html``, and its profile has
``further_links``.
"""
