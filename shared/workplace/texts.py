"""What a workplace says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON
from shared.pki.verification.texts import TEXTS as EDS
from shared.regulations.deadlines import TEXTS as DEADLINES
from shared.regulations.entitlement import TEXTS as ENTITLEMENT
from shared.regulations.flk import TEXTS as FLK

TEXTS = {
    **COMMON,
    **EDS,
    **FLK,
    **ENTITLEMENT,
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
    "no-supplement": {
        "ru": "После заявления заявитель ничего не присылал",
        "kk": "Өтініш беруші өтініштен кейін ештеңе жіберген жоқ",
        "en": "The applicant has sent nothing after the application",
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
    "clerks-service-unknown": {
        "ru": "Ни один регламент не описывает такую услугу",
        "kk": "Бірде-бір регламент мұндай қызметті сипаттамайды",
        "en": "No regulation has this service type",
    },
    "clerks-region-unknown": {
        "ru": "Такого региона в регламентах нет",
        "kk": "Регламенттерде мұндай өңір жоқ",
        "en": "No regulation is of this region",
    },
    "clerks-rule-twice": {
        "ru": "Для этих заявлений уже есть правило",
        "kk": "Бұл өтініштер үшін ереже бұрыннан бар",
        "en": "There are two rules for the same cases",
    },
    "clerks-line-contradicts": {
        "ru": "Строка сценария противоречит себе: срок, опоздание или никогда",
        "kk": "Сценарий жолы өзіне қайшы: мерзім, кешігу немесе ешқашан",
        "en": "A line of the scenario contradicts itself: after, late or never",
    },
    "clerks-malformed": {
        "ru": "В файле нет правил для клерков",
        "kk": "Файлда клерктерге арналған ережелер жоқ",
        "en": "The file holds no rules for clerks",
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
    "service-not-here": {
        "ru": "Этот центр не оказывает такую услугу",
        "kk": "Бұл орталық мұндай қызметті көрсетпейді",
        "en": "This centre does not give the service",
    },
    "papers-missing": {
        "ru": "Представлены не все документы: заявление не принимается",
        "kk": "Құжаттар толық ұсынылмаған: өтініш қабылданбайды",
        "en": "Papers are missing: the application is not taken in",
    },
    "representative-same": {
        "ru": "Представитель и заявитель — одно лицо",
        "kk": "Өкіл мен өтініш беруші — бір тұлға",
        "en": "Representative and applicant are the same person",
    },
    "no-queue": {
        "ru": "Здесь нет электронной очереди",
        "kk": "Мұнда электрондық кезек жоқ",
        "en": "There is no electronic queue here",
    },
    "recipient-needed": {
        "ru": "Укажите, кто получает результат",
        "kk": "Нәтижені кім алатынын көрсетіңіз",
        "en": "Say who takes the result",
    },
    "nothing-to-hand-over": {
        "ru": "По этому заявлению сейчас нечего выдавать",
        "kk": "Бұл өтініш бойынша қазір берілетін ештеңе жоқ",
        "en": "There is nothing to hand over for this application now",
    },
    "wrong-recipient": {
        "ru": "Результат выдаётся только заявителю или его представителю по доверенности",
        "kk": "Нәтиже тек өтініш берушіге немесе оның сенімхат бойынша өкіліне беріледі",
        "en": "The result is handed only to the applicant or to somebody with his power of attorney",
    },
    "power-unconfirmed": {
        "ru": "Доверенность не подтверждена: запросите её в ЕНИС",
        "kk": "Сенімхат расталмаған: оны БНАЖ-дан сұратыңыз",
        "en": "The power of attorney is not confirmed: ask ЕНИС for it",
    },
    "power-not-in-force": {
        "ru": "Невозможно получить данные: действующей доверенности в ЕНИС нет",
        "kk": "Деректерді алу мүмкін емес: БНАЖ-да қолданыстағы сенімхат жоқ",
        "en": "No data: ЕНИС has no such power of attorney in force",
    },
    "receipt-unknown": {
        "ru": "Расписки с таким номером нет",
        "kk": "Мұндай нөмірлі қолхат жоқ",
        "en": "No receipt has this number",
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
