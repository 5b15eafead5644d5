extern "C" int counted_in_opened(int value) { return value; }
