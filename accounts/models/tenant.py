"""A reseller's portal and the hostnames that lead to it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.embedding import EmbedPolicy, require_domains, validate_domains

validate_colour = RegexValidator(
    r"\A#[0-9a-fA-F]{6}\Z", "Write the colour as # and six hexadecimal digits, e.g. #0C5539."
)


HIGHEST_THRESHOLD = 1_000_000_000


def parse_thresholds(text: str) -> tuple[int, ...]:
    """ "2000,500,100", the highest first. Raises ValueError."""
    numbers = tuple(int(part) for part in text.split(",")) if text.strip() else ()
    is_in_range = all(1 <= number <= HIGHEST_THRESHOLD for number in numbers)
    if not is_in_range or list(numbers) != sorted(set(numbers), reverse=True):
        raise ValueError(text)
    return numbers


def validate_thresholds(text: str) -> None:
    try:
        parse_thresholds(text)
    except ValueError as error:
        told = _("Write whole numbers with commas between them, the highest first: 2000,500,100.")
        raise ValidationError(told) from error


validate_hostname = RegexValidator(
    r"\A(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z",
    "Write the bare hostname in lower case, without scheme, port or path.",
)


def offered_languages() -> list[tuple[str, str]]:
    """A function, so that another language is no migration."""
    return list(settings.LANGUAGES)


class AllowancePeriod(models.TextChoices):
    """What an allowance is for. Months are those of UTC."""

    MONTH = "month", _("each month")
    TOTAL = "total", _("in all")


class Tenant(models.Model):
    class Style(models.TextChoices):
        """Shape and fonts (look.md §2): cut corners in Manrope, or knitted cloth in serif."""

        CUT = "cut", "Cut"
        KNIT = "knit", "Knit"

    class Mode(models.TextChoices):
        DARK = "dark", "Dark"
        LIGHT = "light", "Light"
        AUTO = "auto", "As the visitor's device"

    class CreditMode(models.TextChoices):
        STRICT = "strict", _("Users order from their own wallet only")
        SHARED = "shared", _("Users draw on the pool where their wallet is short")

    class Seller(models.TextChoices):
        """Whose Stripe account takes the money for what the portal sells."""

        PLATFORM = "platform", "The platform's account"
        OWN = "own", "An account of its own, connected to the platform's"

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40, unique=True)
    is_active = models.BooleanField(default=True)
    style = models.CharField(max_length=8, choices=Style, default=Style.CUT)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.AUTO)
    # Empty: the colour of the style. Set: checked for contrast by accounts.branding.
    ground_colour = models.CharField(max_length=7, blank=True, validators=[validate_colour])
    ink_colour = models.CharField(max_length=7, blank=True, validators=[validate_colour])
    action_colour = models.CharField(max_length=7, blank=True, validators=[validate_colour])
    owner_name = models.CharField(
        max_length=120, blank=True, help_text="The company or club that runs this portal."
    )
    support_email = models.EmailField(blank=True)
    sender_address = models.EmailField(
        blank=True,
        help_text="Mails come from this address. Its domain must let our mail server send for it "
        "(SPF, DKIM). Empty: DEFAULT_FROM_EMAIL.",
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=offered_languages,
        help_text=_(
            "For visitors who have chosen none and whose browser asks for none that there is. "
            "Empty: English."
        ),
    )
    welcome_credits = models.PositiveIntegerField(
        default=0, help_text="Given from the pool to each new user, as long as the pool lasts."
    )
    credits_expire_after_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Credits that users get from now on are lost after so many days. Empty: never.",
    )
    credit_mode = models.CharField(
        max_length=6, choices=CreditMode, default=CreditMode.STRICT, verbose_name=_("who pays")
    )
    allowance = models.PositiveIntegerField(
        _("allowance of each user"),
        null=True,
        blank=True,
        help_text=_(
            "Where users draw on the pool: the most credits that one may take out of it, unless "
            "the user has an allowance of their own. Empty: as many as there are."
        ),
    )
    allowance_period = models.CharField(
        _("allowance is"),
        max_length=5,
        choices=AllowancePeriod,
        default=AllowancePeriod.MONTH,
    )
    pool_alerts = models.CharField(
        _("alerts of the pool"),
        max_length=100,
        blank=True,
        default="2000,500,100",
        validators=[validate_thresholds],
        help_text=_(
            "Credits, the highest first: the portal’s staff get a mail when the pool falls below "
            "one of them. Empty: none."
        ),
    )
    seller = models.CharField(
        "sells through",
        max_length=8,
        choices=Seller,
        default=Seller.PLATFORM,
        help_text="With an account of its own the portal sells nothing until that is ready. What "
        "was sold before stays with the account that sold it.",
    )
    fee_basis_points = models.PositiveSmallIntegerField(
        "fee, in hundredths of a percent",
        default=0,
        validators=[MaxValueValidator(10_000)],
        help_text="The platform's share of each sale through the portal's own account: 250 is "
        "2.5 %.",
    )
    embedding = models.CharField(
        _("videos on other sites"), max_length=6, choices=EmbedPolicy, default=EmbedPolicy.ALL,
        help_text=_("Which sites may show this portal’s videos. Users may choose for each video."),
    )  # fmt: skip
    embed_domains = models.TextField(
        _("sites"), blank=True, validators=[validate_domains],
        help_text=_("One a line: example.com, or *.example.com for all that end so."),
    )  # fmt: skip
    embeds_are_neutral = models.BooleanField(
        _("neutral player"),
        default=False,
        help_text=_(
            "On other sites the player shows neither this portal’s name nor a way to share. The "
            "label “Made with AI” stays."
        ),
    )
    # For the report of margins only: Stripe doesn't tell its fee with a payment.
    card_fee_percent = models.DecimalField(
        _("Stripe’s fee, percent"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What the margin report reckons with. Empty: 2.90."),
    )
    card_fee_fixed = models.DecimalField(
        _("and for each payment"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In the currency’s own unit, as 0.30 for 30 cents. Empty: 0.30."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seller__in=("platform", "own")), name="seller_is_known"
            ),
            models.CheckConstraint(
                condition=Q(fee_basis_points__lte=10_000), name="fee_is_no_more_than_all"
            ),
            models.CheckConstraint(
                condition=(Q(card_fee_percent=None) | Q(card_fee_percent__gte=0))
                & (Q(card_fee_fixed=None) | Q(card_fee_fixed__gte=0)),
                name="card_fee_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            require_domains(self.embedding, self.embed_domains)
        except ValidationError as error:
            raise ValidationError({"embed_domains": error.messages}) from error

    @property
    def pool_thresholds(self) -> tuple[int, ...]:
        return parse_thresholds(self.pool_alerts)


class Hostname(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="hostnames")
    host = models.CharField(max_length=253, unique=True, validators=[validate_hostname])
    is_primary = models.BooleanField(default=False, help_text="Used in links in mails.")

    class Meta:
        ordering = ["-is_primary", "host"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_primary=True), name="one_primary_hostname"
            ),
            models.CheckConstraint(condition=Q(host=Lower("host")), name="hostname_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.host
