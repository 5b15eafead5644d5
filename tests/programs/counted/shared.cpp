extern "C" int counted_in_shared(int value) { return value; }

extern "C" int nobody_calls_this(int value) { return value; }
