"""What the owner's chat may ask of the program, and what it is shown. Texts are not made here."""
