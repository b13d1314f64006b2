"""The acts clause by clause, each clause with its fate: what executes the clause, or why nothing does.

``clauses/`` holds a file for each regulation and for each resolution itself; together they account for every line
of the five documents. The texts of the acts stay in the acts: the files hold addresses, lines, our short titles.
"""
