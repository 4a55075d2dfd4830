# A thin front to the CMake presets.
PRESET ?= release

all:
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j

test: all
	ctest --preset $(PRESET)

clean:
	rm -rf build/$(PRESET)

.PHONY: all test clean
