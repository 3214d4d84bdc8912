"""Made-up years of customs and police records, whose true risks are known.

Behaviour comes first: firms, fleets and vehicles act, and what they do shows in the records. Then
each movement's true risk is computed from what was recorded (`link`), and whether it carried
anything is drawn from that risk. Nothing here is a measurement of the real world.
"""
