if __name__ == "__main__":  # Not in drawing processes, which import this module again.
    from generations.sandbox.cli import main

    main()
