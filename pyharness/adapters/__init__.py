"""What pyharness knows of frameworks whose tests are executables: one module each, behind one Protocol."""
