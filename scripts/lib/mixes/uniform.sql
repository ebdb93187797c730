\set member random(1, :head)
