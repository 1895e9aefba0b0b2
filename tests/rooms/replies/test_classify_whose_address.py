"""Whose address a sentence is about: the words of an unknown reader, said of the sender.

Every table is multiplied out, so that no rule can be right for one wording by chance.
"""

from itertools import product

import pytest

from service.replies import classify
from service.replies.classification import Fault

OF_SENDERS = {
    "en": (
        ["{} user", "{} account", "{} address", "{} mailbox", "{} alias", "{} username"],
        ["API", "submission", "outgoing", "tenant", "billing", "parent", "reseller", "upstream",
         "proxy", "campaign", "application", "project", "company", "vendor", "hosting", "from",
         "database", "return", "workspace", "operator"],
        ["unknown", "not found", "does not exist", "is invalid", "no longer exists"],
    ),
    "fr": (
        ["adresse {}", "compte {}", "utilisateur {}", "boîte {}", "domaine {}"],
        ["d'envoi", "d'expédition", "de l'expéditeur", "de retour", "de réponse", "de rebond",
         "source", "SMTP", "API", "authentifié", "du relais", "de facturation", "routeur",
         "de la campagne"],
        ["inconnu", "inconnue", "invalide", "inexistant", "introuvable", "n'existe pas"],
    ),
    "de": (
        ["{}-Adresse", "{}-Konto", "{}adresse", "{}-Postfach"],
        ["Absender", "Sende", "Antwort", "Rück", "Quell", "SMTP", "API", "Rechnungs", "Bounce"],
        ["unbekannt", "ungültig", "existiert nicht", "nicht gefunden"],
    ),
    "es, pt": (
        ["dirección {}", "cuenta {}", "usuario {}", "buzón {}", "conta {}", "caixa {}"],
        ["de envío", "del remitente", "de retorno", "de respuesta", "SMTP", "API", "saliente",
         "de envio", "do remetente", "de resposta", "emissor"],
        ["desconocido", "no existe", "inválida", "desconhecido", "não existe", "inválido"],
    ),
    "it": (
        ["indirizzo {}", "account {}", "utente {}", "casella {}"],
        ["di invio", "del mittente", "di ritorno", "di risposta", "SMTP", "API", "in uscita"],
        ["sconosciuto", "non esiste", "non valido", "non trovato"],
    ),
    "nl": (
        ["{}-adres", "{}-account", "{} gebruiker"],
        ["afzender", "verzend", "retour", "antwoord", "SMTP", "API", "bron"],
        ["onbekend", "bestaat niet", "ongeldig", "niet gevonden"],
    ),
    "pl": (
        ["adres {}", "konto {}", "użytkownik {}"],
        ["nadawcy", "zwrotny", "SMTP", "API", "wysyłający", "źródłowy"],
        ["nieznany", "nie istnieje", "nieprawidłowy"],
    ),
    "ru": (
        ["адрес {}", "учетная запись {}", "ящик {}"],
        ["отправителя", "обратный", "SMTP", "источника", "рассылки"],
        ["неизвестен", "не существует", "не найден"],
    ),
    "tr": (
        ["{} adresi", "{} hesabı", "{} kullanıcısı"],
        ["gönderen", "gönderici", "dönüş", "SMTP", "yanıt"],
        ["bulunamadı", "geçersiz", "bilinmiyor"],
    ),
    "cs": (
        ["{} adresa", "{} účet", "adresa {}"],
        ["odesílatele", "zpáteční", "SMTP", "odesílací"],
        ["neexistuje", "neznámá", "neplatná"],
    ),
    "ar": (["عنوان {}", "حساب {}"], ["المرسل", "الإرسال", "الراسل"], ["غير موجود", "غير معروف"]),
}  # fmt: skip
"""Nouns, whose they are, what is said of them."""

OF_READERS = {
    "en": ["No such user", "The recipient's mailbox was removed", "Old address no longer valid",
           "No one with that email address here", "User unknown in virtual alias table"],
    "fr": ["Cet utilisateur n'existe pas", "Destinataire non répertorié dans l'annuaire",
           "Pas d'abonné à cette adresse", "Aucun compte à ce nom", "Compte supprimé",
           "Nous n'avons pas trouvé de boîte à ce nom", "L'adresse n'est plus attribuée"],
    "de": ["Diese Adresse existiert bei uns nicht", "Kein Postfach mit diesem Namen",
           "Mitarbeiter hat das Unternehmen verlassen", "Das Postfach ist nicht auffindbar"],
    "es": ["El destinatario no existe", "La cuenta ya no existe", "Buzón no encontrado"],
    "pt": ["Usuário desconhecido", "A conta não existe mais", "Destinatário inexistente"],
    "it": ["Utente sconosciuto", "La casella di posta non esiste", "Destin. sconosciuto"],
    "nl": ["Gebruiker bestaat niet", "Dit e-mailadres is opgeheven", "Onbekende ontvanger"],
    "pl": ["Nieznany użytkownik", "Nie ma takiego konta", "Skrzynka nie istnieje"],
    "ru": ["Пользователь не найден", "Такого адреса не существует", "Адресат неизвестен"],
    "sv, no, da": ["Okänd mottagare", "Brukeren finnes ikke", "Ukendt modtager"],
    "fi": ["Käyttäjää ei löydy"],
    "tr": ["Kullanıcı bulunamadı", "Böyle bir kullanıcı yok"],
    "cs": ["Neznámý uživatel", "Schránka neexistuje"],
    "hu": ["Ismeretlen felhasználó"],
    "ro": ["Utilizator necunoscut"],
    "ko": ["사용자를 찾을 수 없습니다", "존재하지 않는 계정입니다"],
    "ja": ["宛先のユーザーが存在しません"],
    "zh": ["收件人不存在", "该用户不存在"],
    "ar": ["المستخدم غير موجود", "المستلم غير معروف"],
    "vi, id, th": ["Người dùng không tồn tại", "Pengguna tidak ditemukan", "ไม่พบผู้ใช้"],
}  # fmt: skip

PASSING = {
    "fr": ["La boîte mail de votre correspondant est saturée", "Le quota de la boîte est atteint",
           "Compte du destinataire désactivé", "Boîte aux lettres archivée"],
    "de": ["Das Postfach des Empfängers ist voll", "Das Konto ist vorübergehend gesperrt"],
    "es": ["El buzón está lleno", "Cuenta deshabilitada"],
    "pt": ["A caixa de correio está cheia", "Conta desativada"],
    "it": ["La casella è piena", "Spazio esaurito per la casella", "Utente disabilitato"],
    "nl": ["Het postvak is vol", "Account geblokkeerd"],
    "pl": ["Skrzynka jest przepełniona", "Konto zablokowane"],
    "ru": ["Почтовый ящик переполнен", "Аккаунт заблокирован"],
    "others": ["Brevlådan är full", "Posta kutusu dolu", "صندوق البريد ممتلئ", "收件人邮箱已满",
               "メールボックスの容量が一杯です", "This mailbox has been archived"],
}  # fmt: skip


@pytest.mark.parametrize("language", OF_SENDERS)
def test_what_is_unknown_of_a_sender_is_hard_for_no_reader(language: str) -> None:
    nouns, whose, said = OF_SENDERS[language]
    replies = [f"550 {noun.format(who)} {what}" for noun, who, what in product(nouns, whose, said)]

    assert [reply for reply in replies if classify.classify_refusal(reply).hard] == []


@pytest.mark.parametrize("language", OF_READERS)
def test_an_unknown_reader_is_heard_in_every_language(language: str) -> None:
    verdicts = {said: classify.classify_refusal(f"550 {said}") for said in OF_READERS[language]}

    assert [said for said, verdict in verdicts.items() if not verdict.hard] == []


@pytest.mark.parametrize("language", PASSING)
def test_a_full_or_closed_mailbox_is_the_readers_and_never_hard(language: str) -> None:
    verdicts = [classify.classify_refusal(f"550 {said}") for said in PASSING[language]]

    assert {(verdict.fault, verdict.hard) for verdict in verdicts} == {(Fault.READER, False)}


@pytest.mark.parametrize(
    "reply",
    [
        "550 Cannot find your mail exchanger",
        "550 No such user at your mail server",
        "550 rejecting spoofed message, user unknown",
        "550 Le lien contenu dans le message est introuvable, utilisateur inconnu",
        "550 recipient not accepted (BATV: no tag), user unknown",
        "554 RTR:DU http://postmaster.example/errors",
        "450 Unusual sending activity detected",
        "550 Free account limit reached; upgrade to send more",
        "550 邮件被判定为垃圾邮件",
        "550 Message refusé : contenu indésirable",
        "554 Pièce jointe interdite",
    ],
)
def test_words_about_us_are_the_senders_fault(reply: str) -> None:
    assert classify.classify_refusal(reply).fault is Fault.SENDER


def test_a_reader_may_be_spoken_of_as_ours() -> None:
    said = "552 La boîte de votre correspondant est pleine, votre message est refusé"

    assert classify.classify_refusal(said).fault is Fault.READER
