"""What a workplace says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON
from shared.pki.texts import TEXTS as EDS
from shared.regulations.deadlines import TEXTS as DEADLINES
from shared.regulations.flk import TEXTS as FLK

TEXTS = {
    **COMMON,
    **EDS,
    **FLK,
    **DEADLINES,
    "case-unknown": {
        "ru": "Такого заявления нет",
        "kk": "Мұндай өтініш жоқ",
        "en": "There is no such application",
    },
    "other-authority": {
        "ru": "Заявление относится к другому органу",
        "kk": "Өтініш басқа органға тиесілі",
        "en": "The application belongs to another authority",
    },
    "reason-missing": {
        "ru": "Отказ должен быть мотивирован: укажите обоснование",
        "kk": "Бас тарту дәлелді болуы тиіс: негіздемесін көрсетіңіз",
        "en": "A refusal must be reasoned: state the grounds",
    },
    "no-draft": {
        "ru": "Выходной документ ещё не сформирован",
        "kk": "Шығыс құжаты әлі жасалмаған",
        "en": "The output document has not been composed yet",
    },
    "no-output": {
        "ru": "Выходной документ ещё не подписан",
        "kk": "Шығыс құжатына әлі қол қойылмаған",
        "en": "The output document is not signed yet",
    },
    "other-document": {
        "ru": "Подписан другой документ",
        "kk": "Басқа құжатқа қол қойылған",
        "en": "Another document was signed",
    },
    "case-exists": {
        "ru": "Это заявление уже зарегистрировано",
        "kk": "Бұл өтініш тіркеліп қойған",
        "en": "This application is registered already",
    },
    "role-refused": {
        "ru": "Регламент отдаёт это действие другим работникам",
        "kk": "Регламент бұл әрекетті басқа қызметкерлерге береді",
        "en": "The regulation gives this step to other people",
    },
    "not-here": {
        "ru": "Это действие выполняется не на этом рабочем месте",
        "kk": "Бұл әрекет осы жұмыс орнында орындалмайды",
        "en": "This step is not done at this workplace",
    },
    "answer-needed": {
        "ru": "Действие требует ответа: выберите один из названных",
        "kk": "Әрекет жауапты талап етеді: аталғандардың бірін таңдаңыз",
        "en": "The step asks for an answer: choose one of those named",
    },
    "step-not-found": {
        "ru": "В регламенте нет такого действия",
        "kk": "Регламентте мұндай әрекет жоқ",
        "en": "The regulation has no such step",
    },
    "signer-missing": {
        "ru": "Документ подписывает человек: войдите в систему",
        "kk": "Құжатқа адам қол қояды: жүйеге кіріңіз",
        "en": "A document is signed by a person: log in",
    },
    "no-application": {
        "ru": "Самого заявления здесь нет",
        "kk": "Өтініштің өзі мұнда жоқ",
        "en": "The application itself is not here",
    },
    "application-open-already": {
        "ru": "Такое заявление этого лица уже рассматривается",
        "kk": "Осы тұлғаның мұндай өтініші қаралып жатыр",
        "en": "The same application of this person is being dealt with",
    },
    "channel-not-given": {
        "ru": "Регламент не предусматривает этот способ обращения",
        "kk": "Регламент бұл жүгіну тәсілін көздемейді",
        "en": "The regulation does not give this channel",
    },
    "channel-not-found": {
        "ru": "Регламент не предусматривает этот способ обращения",
        "kk": "Регламент бұл жүгіну арнасын көздемейді",
        "en": "The regulation does not open this channel",
    },
    "not-taken-here": {
        "ru": "С этим обращаются не сюда",
        "kk": "Бұл бойынша мұнда жүгінбейді",
        "en": "This is applied for elsewhere",
    },
    "variant-needed": {
        "ru": "Укажите, за чем именно обращается заявитель",
        "kk": "Өтініш берушінің нақты не үшін жүгінгенін көрсетіңіз",
        "en": "Say which of the service's variants is applied for",
    },
    "variant-not-found": {
        "ru": "Такого вида услуги в регламенте нет",
        "kk": "Регламентте қызметтің мұндай түрі жоқ",
        "en": "The regulation has no such variant",
    },
    "query-unknown": {
        "ru": "Такого запроса отсюда не отправляли",
        "kk": "Мұндай сұрау осы жерден жіберілмеген",
        "en": "No such question was asked from here",
    },
    "envelope-mismatch": {
        "ru": "Конверт говорит о другом заявлении",
        "kk": "Конверт басқа өтініш туралы айтады",
        "en": "The envelope speaks of another application",
    },
    "document-malformed": {
        "ru": "Документ составлен неверно",
        "kk": "Құжат дұрыс жасалмаған",
        "en": "The document is not valid",
    },
    "iin-length": {
        "ru": "В ИИН двенадцать цифр",
        "kk": "ЖСН-де он екі цифр бар",
        "en": "An ИИН has twelve digits",
    },
    "iin-digits": {
        "ru": "ИИН состоит из цифр",
        "kk": "ЖСН цифрлардан тұрады",
        "en": "An ИИН consists of digits",
    },
    "iin-check-digit": {
        "ru": "В ИИН неверна контрольная цифра",
        "kk": "ЖСН-де бақылау цифры қате",
        "en": "The check digit of the ИИН is wrong",
    },
    "questionnaire-absent": {
        "ru": "У этой услуги нет анкеты",
        "kk": "Бұл қызметтің сауалнамасы жоқ",
        "en": "This service has no questionnaire",
    },
    "step-unknown": {
        "ru": "Названо действие, которого в регламенте нет",
        "kk": "Регламентте жоқ әрекет аталған",
        "en": "A step was named that the regulation does not have",
    },
    "extension-given": {
        "ru": "Срок уже продлён: регламент продлевает его один раз",
        "kk": "Мерзім ұзартылған: регламент оны бір рет ұзартады",
        "en": "The deadline was extended already: the regulation extends it once",
    },
    "extension-not-now": {
        "ru": "Сейчас здесь нет действия, срок которого регламент так продлевает",
        "kk": "Қазір мұнда регламент мерзімін осылай ұзартатын әрекет жоқ",
        "en": "No step waits here now whose deadline the regulation extends so",
    },
}
