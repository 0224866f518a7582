from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generations", "0019_share_links_and_embeds")]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="spoken_words",
            field=models.TextField(
                blank=True,
                help_text="What an avatar says, as its owner has it.",
                max_length=600,
            ),
        ),
    ]
