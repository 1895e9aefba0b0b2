# ruff: noqa: E501  Texts stand on one line each, as they are pasted.
"""Clippings as newsrooms paste them, each with what a person would read from it."""

from typing import Any

TITLE = "Bohicon : le marché rouvre après deux mois de travaux"
ONE = "Le marché de Bohicon a rouvert lundi matin, après deux mois de travaux de voirie financés par la commune."
TWO = "« Nous vendions sur le trottoir, sous la pluie », raconte Mme Afi Dossou, qui tient un étal de tissus."
THREE = "La mairie promet des toilettes et un éclairage avant la fin de l’année, sans augmenter les taxes."
TEXT = f"{ONE}\n\n{TWO}\n\n{THREE}"
BODY = [ONE, TWO, THREE]
DAY = "2026-03-03T00:00"
MOMENT = "2026-03-03T14:05"
OTHER = "Parakou : la gare routière déménage en avril"

CLIPPINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "word": (
        f"Société\v{TITLE.replace(' :', chr(160) + ':')}\r\n\r\nPar Awa Koné\t\r\n\r\n{TEXT.replace('« ', '«' + chr(8239))}\r\n",
        {"section": "Société", "title": TITLE, "authors": ["Awa Koné"], "body": BODY},
    ),
    "whatsapp": (
        f"*{TITLE}*\n\n_Par Awa Koné_\n\n{TEXT}\n",
        {"title": TITLE, "authors": ["Awa Koné"], "body": BODY},
    ),
    "whatsapp with its sender": (
        f"[03/03/2026 14:05] Awa Koné: *{TITLE}*\n\n{TEXT}\n",
        # Who sends a message, and when, need not be who wrote it.
        {"title": TITLE, "authors": [], "published": None, "body": BODY},
    ),
    "quoted mail": (
        f"> {TITLE}\n>\n> Par Awa Koné\n>\n> Le marché de Bohicon a rouvert lundi matin, après deux mois de\n> travaux de voirie financés par la commune.\n>\n> {TWO}\n>\n> {THREE}\n",
        {"title": TITLE, "authors": ["Awa Koné"], "body": BODY},
    ),
    "forwarded mail": (
        f"De : Awa Koné <awa@fleuve.example>\nEnvoyé : mardi 3 mars 2026 14:05\nÀ : redaction@fleuve.example\nObjet : {TITLE}\n\n{TEXT}\n",
        {"title": TITLE, "authors": [], "published": None, "body": BODY},
    ),
    "hyphenated pdf": (
        f"{TITLE}\n\nPar Awa Koné\n\nLe marché de Bohicon a rouvert lundi matin, après deux mois de tra-\nvaux de voirie financés par la commune.\n\n« Nous vendions sur le trottoir, sous la pluie », raconte Mme Afi\nDossou, qui tient un étal de tissus.\n\nLa mairie promet des toilettes et un éclairage avant la fin de l’an-\nnée, sans augmenter les taxes.\n",
        {"title": TITLE, "authors": ["Awa Koné"], "body": BODY},
    ),
    "address first": (
        f"https://fleuve.example/societe/bohicon-marche\n\nSociété\n{TITLE}\n\n{TEXT}\n",
        {
            "title": TITLE,
            "section": "Société",
            "url": "https://fleuve.example/societe/bohicon-marche",
            "body": BODY,
        },
    ),
    "place behind the author": (
        f"{TITLE}\n\nPar Awa Koné, à Abidjan\n\n{TEXT}\n",
        {"title": TITLE, "authors": ["Awa Koné"], "body": BODY},
    ),
    "updated at an hour": (
        f"{TITLE}\n\nPublié le 3 mars 2026 à 14h05 - Mis à jour à 15h10\n\n{TEXT}\n",
        {"title": TITLE, "published": MOMENT, "updated": "2026-03-03T15:10", "body": BODY},
    ),
    "reading time": (
        f"Société\n\n{TITLE}\n\nPar Awa Koné\n3 mars 2026\nTemps de lecture : 3 min\nPartager\n\n{TEXT}\n",
        {
            "title": TITLE,
            "section": "Société",
            "authors": ["Awa Koné"],
            "published": DAY,
            "body": BODY,
        },
    ),
    "picture": (
        f"{TITLE}\n\n3 mars 2026\n\nLes vendeuses de tissus s’installent, lundi 2 mars. © Awa Koné / Le Fleuve\n\n{ONE}\n\nPhoto : Le Fleuve\n\n{TWO}\n\n{THREE}\n",
        {"title": TITLE, "published": DAY, "authors": [], "body": BODY},
    ),
    "subheads": (
        f"{TITLE}\n\nPar Awa Koné\n\n{ONE}\n\nSous la pluie\n\n{TWO}\n\nUn éclairage promis\n\n{THREE}\n",
        {
            "title": TITLE,
            "authors": ["Awa Koné"],
            "body": [ONE, "Sous la pluie", TWO, "Un éclairage promis", THREE],
        },
    ),
    "pointer above its headline": (
        f"{TITLE}\n\n{ONE}\n\nÀ LIRE AUSSI\n{OTHER}\n\n{TWO}\n\n{THREE}\n",
        {"title": TITLE, "related": [OTHER], "body": BODY},
    ),
    "list of pointers": (
        f"{TITLE}\n\n{ONE}\n\nLire aussi :\n- {OTHER}\n- Coton : la campagne commence sous la pluie\n\n{TWO}\n\n{THREE}\n",
        {
            "title": TITLE,
            "related": [OTHER, "Coton : la campagne commence sous la pluie"],
            "body": BODY,
        },
    ),
    "footnote": (
        f"{TITLE}\n\n{ONE}\n\n{TWO}\n\n{THREE}\n\n(1) Délibération du conseil communal du 12 janvier 2026.\n",
        {
            "title": TITLE,
            "published": None,
            "body": [*BODY, "(1) Délibération du conseil communal du 12 janvier 2026."],
        },
    ),
    "english": (
        "Business\n\nBohicon market opens again after two months of works\n\nBy Awa Koné\nMarch 3, 2026 2:05 pm\n\nBOHICON, March 3 (Reuters) - The market of Bohicon opened again on Monday, officials said.\n\nTraders had been selling on the pavement since January, in the rain.\n\nRead also: Parakou bus station moves in April\n\nThe town hall promises lights before the end of the year.\n",
        {
            "section": "Business",
            "title": "Bohicon market opens again after two months of works",
            "authors": ["Awa Koné"],
            "published": MOMENT,
            "related": ["Parakou bus station moves in April"],
            "body": [
                "BOHICON, March 3 (Reuters) - The market of Bohicon opened again on Monday, officials said.",
                "Traders had been selling on the pavement since January, in the rain.",
                "The town hall promises lights before the end of the year.",
            ],
        },
    ),
    "agency": (
        f"{TITLE}\n\nBOHICON, 3 mars 2026 (AIP) – {ONE}\n\n{TWO}\n\n{THREE}\n\n(AIP)\nak/ks\n",
        {
            "title": TITLE,
            "authors": ["AIP"],
            "body": [f"BOHICON, 3 mars 2026 (AIP) – {ONE}", TWO, THREE],
        },
    ),
    "author, paper and day in a row": (
        f"{TITLE}\n\nPar Awa Koné | Le Fleuve | 3 mars 2026\n\n{TEXT}\n",
        {"title": TITLE, "authors": ["Awa Koné"], "published": DAY, "body": BODY},
    ),
    "capitals": (
        f"SOCIÉTÉ\n\nBOHICON : LE MARCHÉ ROUVRE\n\n03/03/2026\n\n{TEXT}\n",
        {
            "section": "SOCIÉTÉ",
            "title": "BOHICON : LE MARCHÉ ROUVRE",
            "published": DAY,
            "body": BODY,
        },
    ),
    "question": (
        f"Pourquoi le marché de Bohicon est-il resté fermé deux mois ?\n\nAwa Koné\n3 mars 2026\n\n{TEXT}\n",
        {
            "title": "Pourquoi le marché de Bohicon est-il resté fermé deux mois ?",
            "authors": ["Awa Koné"],
            "published": DAY,
            "body": BODY,
        },
    ),
    "headline with a full stop": (
        f"Le marché de Bohicon rouvre.\n\nPar Awa Koné\n\n{TEXT}\n",
        {"title": "Le marché de Bohicon rouvre.", "authors": ["Awa Koné"], "body": BODY},
    ),
    "standfirst without quotes": (
        f"{TITLE}\n\nLes vendeuses ont retrouvé leurs étals et attendent la lumière.\n\nPar Awa Koné\n3 mars 2026\n\n{TEXT}\n",
        {
            "title": TITLE,
            "authors": ["Awa Koné"],
            "published": DAY,
            "body": ["Les vendeuses ont retrouvé leurs étals et attendent la lumière.", *BODY],
        },
    ),
    "author with an address at the end": (
        f"{TITLE}\n\n3 mars 2026\n\n{TEXT}\n\nAwa Koné\nawa.kone@fleuve.example\n",
        {"title": TITLE, "authors": ["Awa Koné"], "published": DAY, "body": BODY},
    ),
    "initials": (
        f"{TITLE}\n\n{TEXT}\n\nA.K.\n",
        {"title": TITLE, "authors": ["A.K."], "body": BODY},
    ),
    "portuguese": (
        "Economia\n\nMercado de Bohicon reabre depois de dois meses de obras\n\nPor Awa Koné\nPublicado em 3 de março de 2026 às 14h05\n\nO mercado de Bohicon reabriu na segunda-feira, depois de dois meses de obras na estrada.\n\nAs vendedoras esperam agora a luz prometida pela câmara para o fim do ano.\n\nLeia também: Parakou muda a sua estação\n\nOs impostos não devem subir, garante o presidente da câmara.\n",
        {
            "section": "Economia",
            "title": "Mercado de Bohicon reabre depois de dois meses de obras",
            "authors": ["Awa Koné"],
            "published": MOMENT,
            "related": ["Parakou muda a sua estação"],
            "body": [
                "O mercado de Bohicon reabriu na segunda-feira, depois de dois meses de obras na estrada.",
                "As vendedoras esperam agora a luz prometida pela câmara para o fim do ano.",
                "Os impostos não devem subir, garante o presidente da câmara.",
            ],
        },
    ),
    "arabic": (
        "سوق بوهيكون يفتح أبوابه بعد شهرين من الأشغال\n\n3 مارس 2026\n\nفتح سوق بوهيكون أبوابه من جديد يوم الاثنين بعد شهرين من أشغال الطرق في وسط المدينة.\n\nوتعد البلدية بالإنارة قبل نهاية السنة دون زيادة في الرسوم.\n",
        {
            "title": "سوق بوهيكون يفتح أبوابه بعد شهرين من الأشغال",
            "published": DAY,
            "body": [
                "فتح سوق بوهيكون أبوابه من جديد يوم الاثنين بعد شهرين من أشغال الطرق في وسط المدينة.",
                "وتعد البلدية بالإنارة قبل نهاية السنة دون زيادة في الرسوم.",
            ],
        },
    ),
    "interview": (
        "Entretien\n\nAfi Dossou : « Nous avons perdu deux mois »\n\nPropos recueillis par Awa Koné\n\nLe Fleuve : Comment s’est passée la réouverture ?\n\nAfi Dossou : Nous étions là dès l’aube, avec nos tissus et nos enfants.\n\nQue demandez-vous à la mairie ?\n\nDe la lumière, et des toilettes. Le reste, nous savons faire.\n",
        {
            "section": "Entretien",
            "title": "Afi Dossou : « Nous avons perdu deux mois »",
            "authors": ["Awa Koné"],
            "body": [
                "Le Fleuve : Comment s’est passée la réouverture ?",
                "Afi Dossou : Nous étions là dès l’aube, avec nos tissus et nos enfants.",
                "Que demandez-vous à la mairie ?",
                "De la lumière, et des toilettes. Le reste, nous savons faire.",
            ],
        },
    ),
    "results": (
        "Sport\n\nChampionnat : Bohicon reste en tête\n\n3 mars 2026\n\nL’équipe de Bohicon a gagné dimanche à Parakou et garde deux points d’avance.\n\nLes résultats :\nParakou - Bohicon 0-1\nKandi - Lokossa 2-2\n\nLa prochaine journée se jouera samedi, sous la pluie sans doute.\n",
        {
            "section": "Sport",
            "title": "Championnat : Bohicon reste en tête",
            "published": DAY,
            "body": [
                "L’équipe de Bohicon a gagné dimanche à Parakou et garde deux points d’avance.",
                "Les résultats :",
                "Parakou - Bohicon 0-1",
                "Kandi - Lokossa 2-2",
                "La prochaine journée se jouera samedi, sous la pluie sans doute.",
            ],
        },
    ),
    "legend": (
        f"{TITLE}\n\nPar Awa Koné\n\nLégende : les étals de tissus, lundi matin\nCrédit photo : DR\n\n{TEXT}\n",
        {"title": TITLE, "authors": ["Awa Koné"], "body": BODY},
    ),
    "newsletter and footer": (
        f"Société\n\n{TITLE}\n\nPublié le 03/03/2026 à 14:05\n\n{TEXT}\n\nAwa Koné\n\nLe Fleuve\n\nAbonnez-vous à notre newsletter\n\n© 2026 Le Fleuve. Tous droits réservés.\n",
        {
            "section": "Société",
            "title": TITLE,
            "authors": ["Awa Koné"],
            "published": MOMENT,
            "body": BODY,
        },
    ),
}
