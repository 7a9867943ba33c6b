"""What was recorded, through the engine once more: does it decide today what it decided then?"""
