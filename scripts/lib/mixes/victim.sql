\set member :last - (:gone * :clients + :client_id)
\set gone :gone + 1
