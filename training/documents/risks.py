"""The risks that come with scoring movements, what is done about each, and what remains; and the law.

Threats are named after MITRE ATLAS, attributes of the interface after the OWASP API Top 10 of 2023.
Whatever is said to be done is done by this software or is marked as the office's to do.
"""

from __future__ import annotations

#: Risk, what is done, what remains.
RISKS: tuple[tuple[str, str, str], ...] = (
    (
        "Indirect discrimination: origins, routes and posts stand for nationality",
        "Protected attributes are refused by name and by value; plate country is set aside before "
        "anything is computed, and a test swaps it and finds the same bytes. A fairness audit may "
        "read it.",
        "Geography is used. Without an audit of this model (see above) the size of the effect is "
        "not known.",
    ),
    (
        "A runaway: finds feed selection, which finds more of the same",
        "Selection reason and probability are recorded; a share of the inspections is left to "
        "chance and cannot be switched off; finds are weighted; estimates speak of all movements.",
        "A way of smuggling that is rare stays rare among what chance draws.",
    ),
    (
        "Officers agree with the machine instead of looking",
        "Bands instead of decimals, base rates in words, reasons in raw units; training by the "
        "office.",
        "No own view before the score is shown, no measurement of agreement yet.",
    ),
    (
        "A wrong score delays honest trade and travel",
        "Capacity bounds how many are looked at; calibration is measured; every score can be "
        "contested and made again.",
        "Most inspections find nothing, with any ranking. The figures say how many.",
    ),
    (
        "A person hidden in a vehicle is endangered by a control, or by none",
        "People smuggling has a head of its own, and its recommendation means looking quickly.",
        "The software shows no card for rescue (ventilation, medical help, asylum) yet; the "
        "office's handbook must.",
    ),
    (
        "Evasion by probing (AML.T0015, T0043): variants are submitted until one scores low",
        "An amended declaration is the same movement for the random draw; the band shown is not "
        "lowered by amending; chance reaches every pattern.",
        "There are no budgets of queries for each user yet.",
    ),
    (
        "Theft of the model by its explanations (AML.T0024.002, T0040)",
        "Reasons are grouped, and at most five are told; the service listens to its own machine "
        "unless told otherwise.",
        "Probabilities and shares go to every caller; roles are not there yet.",
    ),
    (
        "Poisoning by feedback (AML.T0020): false outcomes are recorded",
        "Each outcome keeps its source, its control and its time; one case never decides, because "
        "weights are capped; corrections are kept beside what they correct.",
        "Nobody checks by machine whether one officer's outcomes differ from all others'.",
    ),
    (
        "Somebody is recognised in the model (AML.T0024.000, T0024.001)",
        "Identifiers are no features; of a category the most frequent values alone are kept; counts "
        "below five are not told in these documents.",
        "A rare category of goods can still point at its only importer.",
    ),
    (
        "A tampered model or supply chain (AML.T0010, T0018)",
        "No code on any path that loads a model; a manifest with SHA-256 and a signature; pinned "
        "packages; the service refuses what is unsigned or altered.",
        "Packages are trusted as their lock file names them.",
    ),
    (
        "One sees another's records (API1, API3)",
        "What is stored is pseudonymous; identifiers are sealed under a key for each month.",
        "There are no roles yet: the office's network must keep others out.",
    ),
    (
        "The insider",
        "Every change writes its audit event in the same transaction.",
        "Reading is not logged with its purpose yet, and an administrator could alter the log.",
    ),
    (
        "The world changes and the model does not (smuggling on the route once fell by 78 % in a "
        "year)",
        "Figures by time; a watch of finds against expectation where it is run; retraining by "
        "people.",
        "Until an alarm comes, probabilities are wrong.",
    ),
    (
        "Use for another purpose, such as scoring people, visas or asylum",
        "No person is a record; risks are separate heads; this document says what must not be.",
        "Nothing technical stops an office from misusing a list of vehicles.",
    ),
)

#: What may happen, to whom, what is done.
UNINTENDED: tuple[tuple[str, str, str], ...] = (
    (
        "Controls gather at posts and on routes where there were controls before",
        "People of the border region, commuters, small traders",
        "Chance reaches every post; figures by post where they were measured",
    ),
    (
        "A low band is read as a clearance",
        "Everybody, and people hidden in vehicles most of all",
        "Answers say that others come first; chance inspects low bands too",
    ),
    (
        "An abstention is read as harmless",
        "Everybody",
        "The answer gives the reason, and rules and chance decide",
    ),
    (
        "A driver is treated as a suspect because of a score",
        "Drivers, often without knowledge of what they carry",
        "The score is no evidence and says so; a find in a lorry does not say who knew",
    ),
    (
        "A firm is looked at again and again for one old find",
        "Traders",
        "A party's record is pulled towards everybody's, counts a year, and counts what was "
        "clean too",
    ),
    (
        "The service fails or answers late",
        "Traffic at the post",
        "Rules and chance go on without it; nothing that was answered is lost",
    ),
)

#: Rule of law, and what is done.
LAW: tuple[tuple[str, str], ...] = (
    (
        "AI Act Art. 5(1)(d), recital 42: no risk assessment of persons by profiling or traits, "
        "among them nationality and type of car",
        "Movements are scored. Of vehicles the class alone (car, van, bus, lorry, train), never "
        "make, model, age, colour, rental or plate country.",
    ),
    (
        "LED Art. 11, GDPR Art. 22, CJEU C-634/21: no decision by a score alone, and a score that "
        "is followed without more is the decision",
        "No function acts on a score. Whether people decide freely has to be watched by the office.",
    ),
    (
        "CJEU C-817/19: criteria determined beforehand, no discrimination, few false positives, a "
        "person's review; no system that changes its criteria by itself",
        "Heads are frozen, signed and promoted by people; nothing learns while it serves; figures "
        "say how many are looked at for nothing.",
    ),
    (
        "LED Art. 24 and 25: records and logs of processing",
        "Changes are logged with them. Consultations with their purpose are not yet.",
    ),
    (
        "AI Act Art. 26(6): logs for six months at least",
        "Nothing deletes logs by itself; retention is the office's.",
    ),
    (
        "WCO revised Kyoto Convention 6.3 to 6.5, WTO TFA Art. 7.4: risk management without "
        "arbitrary or unjustifiable discrimination",
        "Selection by risk and by chance, with the reason recorded for each.",
    ),
)
