/* Quotas of control groups, from made-up trees of files, and OMP_NUM_THREADS. */
#include <math.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/processors.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

static char root[64];

/* Writes a file below the root, and the folders that it needs. */
static void put(const char *path, const char *text) {
    char full[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    assert_int_equal(nomen_file_write(full, text, strlen(text), NULL), NOMEN_OK);
}

static int new_root(void **state) {
    (void)state;
    return scratch_make(root) != NULL ? 0 : -1;
}

static int drop_root(void **state) {
    (void)state;
    scratch_remove(root);
    return 0;
}

static void assert_quota(double expected) {
    assert_true(fabs(nomen_processor_quota(root) - expected) < 1e-9);
}

static void no_groups(void **state) {
    (void)state;
    assert_quota(0);
    put("proc/self/cgroup", "0::/\n");
    assert_quota(0);
    put("sys/fs/cgroup/cpu.max", "max 100000\n");
    assert_quota(0);
}

static void version_2(void **state) {
    (void)state;
    put("proc/self/cgroup", "0::/system.slice/nomen.service\n");
    put("sys/fs/cgroup/system.slice/nomen.service/cpu.max", "150000 100000\n");
    assert_quota(1.5);
    put("sys/fs/cgroup/system.slice/cpu.max", "50000 100000\n"); /* the group above has less */
    assert_quota(0.5);
    put("sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
    assert_quota(1.5);
}

/* In a container the path is the host's, and what is mounted is the group itself. */
static void version_2_in_a_container(void **state) {
    (void)state;
    put("proc/self/cgroup", "0::/docker/3f2a\n");
    put("sys/fs/cgroup/cpu.max", "200000 100000\n");
    assert_quota(2);
}

static void version_1(void **state) {
    (void)state;
    put("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/3f2a\n1:cpuset:/y\n");
    put("sys/fs/cgroup/cpu,cpuacct/docker/3f2a/cpu.cfs_quota_us", "300000\n");
    put("sys/fs/cgroup/cpu,cpuacct/docker/3f2a/cpu.cfs_period_us", "100000\n");
    assert_quota(3);
    put("sys/fs/cgroup/cpu,cpuacct/docker/3f2a/cpu.cfs_quota_us", "-1\n");
    assert_quota(0);
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "70000\n"); /* mounted under another name, at its root */
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_quota(0.7);
}

static void nonsense(void **state) {
    (void)state;
    put("proc/self/cgroup", "\n0::\n:\n::\ncpu\n7:cpu\n0::/a\n");
    put("sys/fs/cgroup/a/cpu.max", "much of it\n");
    assert_quota(0);
    put("sys/fs/cgroup/a/cpu.max", "100000 0\n");
    assert_quota(0);
    put("sys/fs/cgroup/a/cpu.max", "");
    assert_quota(0);
}

static void counts(void **state) {
    (void)state;
    assert_int_equal(nomen_first_count(NULL), 0);
    assert_int_equal(nomen_first_count(""), 0);
    assert_int_equal(nomen_first_count("3"), 3);
    assert_int_equal(nomen_first_count("4,2"), 4);
    assert_int_equal(nomen_first_count("0"), 0);
    assert_int_equal(nomen_first_count("-2"), 0);
    assert_int_equal(nomen_first_count("two"), 0);
    assert_int_equal(nomen_first_count("2x"), 0);
    assert_true(nomen_processors() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(no_groups, new_root, drop_root),
                                       cmocka_unit_test_setup_teardown(version_2, new_root, drop_root),
                                       cmocka_unit_test_setup_teardown(version_2_in_a_container, new_root, drop_root),
                                       cmocka_unit_test_setup_teardown(version_1, new_root, drop_root),
                                       cmocka_unit_test_setup_teardown(nonsense, new_root, drop_root),
                                       cmocka_unit_test(counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
