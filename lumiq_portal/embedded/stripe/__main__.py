from lumiq_portal.embedded.stripe.cli import main

main()
