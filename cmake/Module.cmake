# SPDX-License-Identifier: LGPL-2.1-or-later
# ctr_module(NAME SRCS ... [DEPS ...]): one static library per folder, the unit of the architecture.
add_library(ctr_flags INTERFACE)
target_compile_definitions(ctr_flags INTERFACE _GNU_SOURCE CTR_VERSION="${PROJECT_VERSION}")
target_include_directories(ctr_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(ctr_flags INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wno-unused-result
	-fstack-protector-strong -fno-common)
if(CTR_WERROR)
	target_compile_options(ctr_flags INTERFACE -Werror)
endif()
if(CTR_SANITIZE)
	target_compile_options(ctr_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
		-fno-omit-frame-pointer)
	target_link_options(ctr_flags INTERFACE -fsanitize=address,undefined)
endif()

function(ctr_module name)
	cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
	add_library(ctr_${name} STATIC ${arg_SRCS})
	target_link_libraries(ctr_${name} PRIVATE ctr_flags)
	foreach(dep ${arg_DEPS})
		target_link_libraries(ctr_${name} PUBLIC ${dep})
	endforeach()
endfunction()

# ctr_unit_test(NAME LIBS...): tests/unit/test_NAME.c, a TAP program run by ctest; named in the CMakeLists.txt of
# the folder that it tests.
function(ctr_unit_test name)
	if(NOT CTR_TESTS)
		return()
	endif()
	add_executable(test_${name} ${PROJECT_SOURCE_DIR}/tests/unit/test_${name}.c)
	target_link_libraries(test_${name} PRIVATE ctr_flags ${ARGN})
	target_compile_definitions(test_${name} PRIVATE CTR_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden")
	add_test(NAME unit.${name} COMMAND test_${name})
	set_tests_properties(unit.${name} PROPERTIES TIMEOUT 60 LABELS unit)
endfunction()
