\set fraction random(0, 999999999) / 1000000000.0
\set part :fraction * :zeta
\set rank CASE WHEN :part < 1 THEN 0 WHEN :part < :two THEN 1 ELSE least(int(:head * power(:eta * (:fraction - 1) + 1, 100)), :head - 1) END
\set member 1 + :rank * 2654435761 % :head
