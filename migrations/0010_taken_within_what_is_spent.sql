-- What 0001 wrote into `taken` of redemptions that were there before it: points that had come back and paid a debt counted as still taken, because
-- they lie in no lot. Never more can come back than is spent: what is too much is taken off the lots that give back first.
update redemptions r
set version = r.version + 1, taken = coalesce(m.taken, '[]')
from (
  select p.shop_id, p.id,
         json_agg((p.part::jsonb || jsonb_build_object('points', p.points - p.gone))::json order by p.place)
           filter (where p.points > p.gone) as taken
  from (
    select o.*, least(o.points, greatest(0, o.excess - o.before)) as gone
    from (
      select r.shop_id, r.id, t.part, t.place, (t.part ->> 'points')::bigint as points,
             sum((t.part ->> 'points')::bigint) over (partition by r.shop_id, r.id) - (r.cost - r.returned) as excess,
             coalesce(sum((t.part ->> 'points')::bigint) over (
               partition by r.shop_id, r.id order by t.place rows between unbounded preceding and 1 preceding
             ), 0) as before
      from redemptions r cross join lateral json_array_elements(r.taken) with ordinality as t (part, place)
      where r.state = 'used'
    ) o
    where o.excess > 0
  ) p
  group by p.shop_id, p.id
) m
where m.shop_id = r.shop_id and m.id = r.id;
