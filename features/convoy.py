"""Vehicles that keep meeting at the border: the integers of a crossing, and what they come to.

A *forerunner* car runs minutes ahead of the load and reports controls, so the same two vehicles
pass the same post together again and again, more often than chance brings them together.

- A *sighting* is a crossing that has a vehicle key, whose moment is known (not only its day), and
  that is the first of its identity in the ledger. A later version of the same crossing is no new
  sighting and takes none away: a vehicle that was seen was seen.
- A *lane* is a post and a direction. The *candidates* of a sighting at u are the other vehicles
  among the `PLACES` sightings right before it in its lane, as far as these are at most 15 minutes
  old; a vehicle twice among them counts once, by its latest sighting.
- A *meeting* of a leader and a follower is a sighting of the follower that has the leader among
  its candidates, at whichever post: the order counts. It counts on the UTC day of its u.
  Only the first `MEETING_SIGHTINGS` sightings of a follower on a day that have candidates are
  meetings; later ones read the past and add nothing, so that what is kept of a vehicle is bounded
  (at most 11,739 rows) whatever its plate stands for.
- m of a candidate is the number of its meetings with this follower in the 90 whole days before
  today and today before u.

For each crossing that is a sighting, as of its u:

- `convoy_candidates`: the number of candidates;
- `convoy_leaders`: candidates with m of at least two: pairs already seen twice;
- `convoy_meetings`: the largest m, that of the *leader*; equal ones give way to the vehicle with the
  fewest crossings at this post; 0 if none of the candidates was met before;
- `convoy_leader_crossings`: the leader's crossings at this post in 90 days as of its own sighting;
  `MISSING` if m is 0.

A crossing that is no sighting has `MISSING` in all four.
"""

from __future__ import annotations

import numpy as np

from features.spec import Floats

#: The integers of a crossing, beside those of its record and of its keys' history.
CONVOY_INTEGERS = (
    "convoy_candidates",
    "convoy_leader_crossings",
    "convoy_leaders",
    "convoy_meetings",
)

#: The history feature whose value a sighting leaves for its followers to read.
CROSSINGS_AT_POST = "vehicle_post_crossings_90d"

#: How many sightings right before it a sighting looks back on, and how long.
PLACES = 16
REACH_MICROSECONDS = 15 * 60 * 1_000_000

#: Meetings count for this many days before today.
MEETING_DAYS = 90

#: How many sightings of a vehicle on one day add meetings of it as a follower.
MEETING_SIGHTINGS = 8

#: A pair that met this often is known.
KNOWN_PAIR = 2

# The same hour of the week comes this often in the 90 days, and a quarter of it is 15 minutes.
_HOURS_OF_WEEK_SEEN = 90.0 / 7.0
_REACHES_AN_HOUR = 4.0


def convoy_excess(
    meetings: Floats,
    leader_crossings: Floats,
    own_crossings: Floats,
    post_hour_crossings: Floats,
    post_crossings: Floats,
) -> Floats:
    """How far the meetings with the leader exceed what chance would bring, in standard deviations.

    Were the two vehicles independent, the leader's n_j crossings at this post in 90 days would
    fall into this hour of the week in the share s_h that all crossings of the post do. That hour
    came 90 / 7 times, so the leader passes n_j s_h 7 / 90 times in each, a quarter of that in the
    15 minutes before one of this vehicle's n_i crossings: E = n_i n_j s_h 7 / (90 * 4) meetings.
    Meetings by chance are nearly Poisson, with variance E; one is added so that little is made of
    a first meeting where E is next to nothing: z = (m - E) / sqrt(E + 1).

    Meetings count at every post and E is of this post alone: a pair that keeps together across
    posts lies the further from chance.

    Args:
        meetings: m, `convoy_meetings`.
        leader_crossings: n_j, `convoy_leader_crossings`.
        own_crossings: n_i, this vehicle's crossings at this post in 90 days.
        post_hour_crossings: Crossings of the post in this hour of the week, in 90 closed days.
        post_crossings: Crossings of the post in the same days.

    Returns:
        z; 0 where m is 0; NaN where an input is not known, or the post has no closed day yet.
    """
    hour_share = np.where(post_crossings > 0, post_hour_crossings / post_crossings, np.nan)
    by_chance = (
        own_crossings * leader_crossings * hour_share / (_HOURS_OF_WEEK_SEEN * _REACHES_AN_HOUR)
    )
    excess = (meetings - by_chance) / np.sqrt(by_chance + 1.0)
    return np.where(meetings == 0, 0.0, excess)
