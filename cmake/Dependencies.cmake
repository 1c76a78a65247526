# SPDX-License-Identifier: LGPL-2.1-or-later
# The core libraries. Their static archives are preferred: each shared library adds about 40 microseconds to every
# start of the program. Libraries that only some containers need are loaded at run time (common/dl.h).
option(CTR_PREFER_STATIC "Link the core libraries from their static archives when there are any" ON)

function(ctr_dependency target header package)
	find_path(${target}_INCLUDE ${header} REQUIRED)
	set(names ${ARGN})
	if(CTR_PREFER_STATIC)
		set(static_names)
		foreach(n ${ARGN})
			list(APPEND static_names lib${n}.a)
		endforeach()
		list(PREPEND names ${static_names})
	endif()
	find_library(${target}_LIBRARY NAMES ${names} REQUIRED)
	add_library(${target} INTERFACE)
	target_link_libraries(${target} INTERFACE ${${target}_LIBRARY})
	target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
endfunction()

ctr_dependency(dep_cap sys/capability.h libcap-dev cap)
ctr_dependency(dep_yaml yaml.h libyaml-dev yaml)
ctr_dependency(dep_mnl libmnl/libmnl.h libmnl-dev mnl)
ctr_dependency(dep_jsonc json-c/json.h libjson-c-dev json-c)
# Loaded when used: only the headers are needed to build.
find_path(dep_seccomp_INCLUDE seccomp.h REQUIRED)
find_path(dep_cgroup_INCLUDE libcgroup.h REQUIRED)
find_path(dep_nftables_INCLUDE nftables/libnftables.h REQUIRED)
find_path(dep_bpf_INCLUDE bpf/bpf.h REQUIRED)
