"""What the database itself refuses, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import ledger
from accounts.models import CreditAccount, CreditLeg, CreditTransaction
from tests.cast import give

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [CreditLeg, CreditTransaction])
def test_what_is_written_stays_as_it_is(cast, model):
    give(cast.alice, 5)
    rows = model.objects.filter(pk=model.objects.first().pk)
    column = "amount" if model is CreditLeg else "note"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(**{column: 7})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db)
    assert rows.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite checks each statement only")
def test_legs_that_do_not_come_to_zero_are_not_committed(cast):
    give(cast.alice, 5)
    posted = CreditTransaction.objects.create(reference="crooked", kind="allocation")
    wallet = CreditAccount.objects.get(user=cast.alice, kind="wallet")
    with transaction.atomic(), connection.cursor() as cursor:
        CreditLeg.objects.create(transaction=posted, account=wallet, amount=5, balance_after=10)
        with pytest.raises(IntegrityError, match="do not come to 0"), transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as the commit does
        transaction.set_rollback(True)


def test_only_a_batch_of_vouchers_has_a_batch(cast):
    pool = CreditAccount.objects.filter(kind="pool", tenant=cast.aurora)
    with pytest.raises(IntegrityError), transaction.atomic():
        pool.update(batch_id="0" * 32)
    with pytest.raises(IntegrityError), transaction.atomic():
        pool.update(kind="vouchers")


def test_only_wallets_hold_what_expires(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditAccount.objects.filter(kind="pool").update(expiring=1)


def test_nothing_is_reversed_twice(cast):
    wrong = ledger.allocate_to_user(cast.alice, 5, reference="wrong")
    ledger.reverse("wrong", by_reference="correction")
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditTransaction.objects.create(reference="again", kind="reversal", reverses=wrong)
