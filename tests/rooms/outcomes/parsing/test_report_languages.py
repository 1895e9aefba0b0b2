"""Notices without any code, in words for people, from mail systems of many countries."""

from email.header import Header

import pytest

from service.outcomes.parsing import report_parser
from service.outcomes.parsing.findings import ReportKind

READER = "lea@example.org"

GONE = {
    "fr": ("Message non remis", "Votre message n'a pas pu être remis au destinataire suivant :",
           "Cette adresse n'existe pas."),
    "fr, Exchange": ("Non remis : Le matin", "Échec de la remise pour ces destinataires :",
                     "L'adresse de messagerie que vous avez entrée est introuvable."),
    "de": ("Unzustellbare Nachricht", "Ihre Nachricht konnte nicht zugestellt werden an:",
           "Benutzer unbekannt"),
    "es": ("Mensaje no entregado", "No se ha podido entregar su mensaje a:",
           "El usuario no existe."),
    "pt": ("Mensagem não entregue", "Não foi possível entregar a sua mensagem para:",
           "Usuário desconhecido"),
    "it": ("Mancato recapito", "Impossibile recapitare il messaggio a:", "Utente sconosciuto"),
    "nl": ("Onbestelbaar bericht", "Uw bericht kon niet worden bezorgd aan:",
           "Gebruiker onbekend"),
    "pl": ("Niedostarczona wiadomość", "Nie można dostarczyć wiadomości do:",
           "Użytkownik nie istnieje"),
    "ru": ("Недоставленное сообщение", "Ваше письмо не может быть доставлено получателю:",
           "Пользователь не найден"),
    "ja": ("配信エラー", "次の宛先にメールを配信できませんでした。",
           "宛先のユーザーが存在しません。"),
    "zh": ("系统退信", "您的邮件无法投递到以下地址：", "收件人不存在"),
    "ar": ("تعذر تسليم الرسالة", "تعذر تسليم رسالتك إلى:", "المستخدم غير موجود"),
    "tr": ("Teslim edilemedi", "İletiniz şu alıcıya teslim edilemedi:", "Kullanıcı bulunamadı"),
    "sv": ("Kunde inte levereras", "Ditt meddelande kunde inte levereras till:",
           "Användaren finns inte"),
    "ko": ("메일 전송 실패", "다음 수신자에게 메일을 전송하지 못했습니다.",
           "사용자를 찾을 수 없습니다."),
    "cs": ("Nedoručitelná zpráva", "Vaši zprávu se nepodařilo doručit:", "Neznámý uživatel"),
}  # fmt: skip

LATE = {
    "fr": f"Le message adressé à {READER} est en attente depuis 4 heures. Il sera réessayé.",
    "fr, again": f"Votre message à {READER} n'a pas encore pu être remis.",
    "de": f"Ihre Nachricht an {READER} wurde noch nicht zugestellt. Wir versuchen es weiter.",
    "es": f"La entrega a {READER} se ha retrasado. Se seguirá intentando durante 2 días.",
    "pt": f"A mensagem para {READER} ainda não foi entregue. Continuaremos tentando.",
    "it": f"Il messaggio per {READER} non è ancora stato consegnato.",
    "nl": f"Uw bericht aan {READER} is vertraagd. Er worden nog pogingen gedaan.",
    "ru": f"Доставка письма {READER} задерживается. Попытки будут продолжены.",
    "ja": f"{READER} へのメールはまだ配信されていません。引き続き再送を試みます。",
    "zh": f"您发给 {READER} 的邮件尚未送达，系统将继续尝试投递。",
}

POLITE = {
    "fr": (f"Ce message automatique vous informe que votre courriel n'a pas pu être remis.\n\n"
           f"Destinataire : <{READER}>\nMotif : l'adresse n'existe pas.\n\n"
           "Le message d'origine est en pièce jointe. Pour en savoir plus, cliquez sur le lien.\n"
           "Merci de ne pas répondre à cet expéditeur automatique.\n"),
    "fr, again": (f"Le serveur a définitivement refusé votre message pour {READER} :\n\n"
                  "Utilisateur inconnu\n\nVérifiez l'orthographe. Si le problème persiste, "
                  "transmettez cet avis à votre administrateur.\n"),
    "de": (f"Ihre Nachricht konnte nicht zugestellt werden.\n\nEmpfänger: {READER}\n"
           "Grund: Benutzer unbekannt\n\nDie Nachricht finden Sie im Anhang.\n"
           "Bitte antworten Sie nicht auf diese E-Mail.\n"),
    "it": (f"Il messaggio non è stato recapitato a:\n\n{READER}\n\nUtente sconosciuto\n\n"
           "In allegato il messaggio originale.\n"),
}  # fmt: skip
"""What stands around the ground for the sake of politeness."""

ANSWERS = {
    "absence, fr": ("Absence : Le matin", "Je suis absente. Votre message ne sera pas lu."),
    "gone, fr": ("Re: Le matin", "Je ne travaille plus ici, cette adresse n'est plus utilisée."),
    "absence, de": ("Abwesenheitsnotiz: Le matin", "Ihre Nachricht wird nicht weitergeleitet."),
    "absence, ja": ("自動返信: Le matin", "休暇中です。"),
    "wants to leave": ("Désinscription", "Merci de me désinscrire, ma boîte est pleine."),
    "a letter": ("Re: Le matin", "J'ai reçu « utilisateur inconnu » en écrivant à la rédaction."),
    "read": ("Lu : Le matin", "Votre message a été lu le 3 janvier."),
    "a letter about delivery": ("Delivery problem", "It was not delivered, my mailbox is full."),
    "a parcel": ("Your delivery status: rejected", "Your parcel could not be delivered."),
    "a challenge": ("Confirm your mail", "Your message was not delivered yet; confirm it here."),
}


def _mail(sender: str, subject: str, body: str) -> bytes:
    return (
        f"From: {sender}\nTo: b-token@bounces.crieur.test\n"
        f"Subject: {Header(subject, 'utf-8').encode()}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    ).encode()


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example.net", "postmaster@mx.example.net"])
@pytest.mark.parametrize("language", GONE)
def test_a_reader_who_is_gone_is_hard_in_every_language(language: str, sender: str) -> None:
    subject, opening, ground = GONE[language]

    report = report_parser.parse_report(
        _mail(sender, subject, f"{opening}\n\n{READER}\n\n{ground}\n")
    )

    assert [(each.address, each.kind, each.hard) for each in report.findings] == [
        (READER, ReportKind.FAILED, True)
    ]


@pytest.mark.parametrize("language", POLITE)
def test_advice_and_politeness_are_no_ground(language: str) -> None:
    raw = _mail("MAILER-DAEMON@mx.example.net", "Undelivered Mail", POLITE[language])

    (finding,) = report_parser.parse_report(raw).findings

    assert (finding.address, finding.reason, finding.hard) == (READER, "userunknown", True)


@pytest.mark.parametrize("language", LATE)
def test_a_delay_is_told_from_a_failure_in_every_language(language: str) -> None:
    report = report_parser.parse_report(
        _mail("MAILER-DAEMON@mx.example.net", "Info", LATE[language])
    )

    assert [(each.address, each.kind, each.hard) for each in report.findings] == [
        (READER, ReportKind.DELAYED, False)
    ]


@pytest.mark.parametrize("case", ANSWERS)
def test_what_people_and_their_programs_answer_is_no_bounce(case: str) -> None:
    report = report_parser.parse_report(_mail(READER, *ANSWERS[case]))

    assert report.kind in {ReportKind.NONE, ReportKind.AUTOREPLY}
