/* Cosine and power to the bit: the values are mpmath's with 500 bits, rounded once. parity_optimizers compares many more. */
#include <math.h>

#include "base/elementary.h"
#include "support/cmocka_all.h"

static void test_cos(void **state) {
    (void)state;
    static const double cases[][2] = {
        {0, 0x1.0000000000000p+0},
        {0x1.12e0be826d695p-30, 0x1.0000000000000p+0},
        {0x1.0000000000000p-1, 0x1.c1528065b7d50p-1},
        {0x1.921fb54442d18p-1, 0x1.6a09e667f3bcdp-1},
        {0x1.0000000000000p+0, 0x1.14a280fb5068cp-1},
        {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54},
        {0x1.2d97c7f3321d2p+2, -0x1.a79394c9e8a0ap-53},
        {0x1.921fb54442d18p+1, -0x1.0000000000000p+0},
        {0x1.0000000000000p+1, -0x1.aa22657537205p-2},
        {-0x1.0000000000000p+1, -0x1.aa22657537205p-2},
        {0x1.0000000000000p+2, -0x1.4eaa606db24c1p-1},
        {0x1.6000000000000p+2, 0x1.6ad6c3c07d448p-1},
        {0x1.9000000000000p+6, 0x1.b981dbf665fdfp-1},
        {0x1.81cd6c8b43958p+13, 0x1.6b94c3bbe24b8p-1},
        {0x1.3bbae55298768p+8, 0x1.edb9ff0d7e20bp-49},
        {0x1.0000000000000p+30, 0x1.92cb46a920144p-1},
        {0x1.6ac5b262ca1ffp+29, -0x1.8bd0ad32cd790p-1},
        {0x1.222776da29320p+1, -0x1.48488cfae2231p-1},
        {0x1.0e525c3870c22p+0, 0x1.f8395060c9528p-2},
        {0x1.239e5f72b43bfp+2, -0x1.3de2b2fbf46fap-3},
        {0x1.039c952fee4e0p-1, 0x1.bf945ff61527dp-1},
        {0x1.e026787a8ae58p+1, -0x1.a3c854265c6acp-1},
        {0x1.47a842d145b2ap+1, -0x1.abc580f17ccf5p-1},
        {0x1.9fbc7daf18474p-2, 0x1.d66146224757dp-1},
        {0x1.c6a994280bd38p+1, -0x1.d578f23c9a0f9p-1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (nomen_cos(cases[i][0]) != cases[i][1]) { fail_msg("cos %a is %a", cases[i][0], nomen_cos(cases[i][0])); }
    }
    assert_true(isnan(nomen_cos(NAN)));
}

static void test_pow(void **state) {
    (void)state;
    static const double cases[][3] = {
        {0, 0, 0x1.0000000000000p+0},
        {0, 0x1.0000000000000p+1, 0},
        {0x1.0000000000000p+0, 0x1.fffffffffffffp+1023, 0x1.0000000000000p+0},
        {0x1.0000000000000p+0, 0x1.c000000000000p+1, 0x1.0000000000000p+0},
        {0x1.0000000000000p-1, 0x1.0000000000000p+1, 0x1.0000000000000p-2},
        {0x1.0000000000000p-1, 0x1.0000000000000p-1, 0x1.6a09e667f3bcdp-1},
        {0x1.fd70a3d70a3d7p-1, 0x1.0000000000000p+1, 0x1.fae48e8a71de7p-1},
        {0x1.47ae147ae147bp-8, 0x1.8000000000000p+0, 0x1.72ba43fff3717p-12},
        {0x1.5555555555555p-2, 0x1.8000000000000p+1, 0x1.2f684bda12f67p-5},
        {0x1.8000000000000p-1, 0x1.5555555555555p-2, 0x1.d12ed0af1a27fp-1},
        {0x1.fffffffffffffp-1, 0x1.dcd6500000000p+29, 0x1.fffffc4653638p-1},
        {0x1.0000000000000p+1, 0x1.0000000000000p-1, 0x1.6a09e667f3bcdp+0},
        {0x1.4000000000000p+3, 0x1.2c00000000000p+8, 0x1.7e43c8800759cp+996},
        {0x1.999999999999ap-4, 0x1.2c00000000000p+8, 0x1.56e1fc2f8f3bdp-997},
        {0x1.0000000000000p-1, 0x1.0c80000000000p+10, 0x0.0000000000001p-1022},
        {0x0.0000000000001p-1022, 0x1.0000000000000p-1, 0x1.0000000000000p-537},
        {0x1.0000000000000p-1, 0x1.7e43c8800759cp+996, 0},
        {0x1.8000000000000p+1, 0x1.7e43c8800759cp+996, INFINITY},
        {0x1.332a1858028d0p-5, 0x1.15888241742a6p+1, 0x1.a8434772551d5p-11},
        {0x1.1e20b87b382e0p-4, 0x1.d0735c60ab94ep-2, 0x1.323ecfa6cb6ecp-2},
        {0x1.b2b5288790eecp-2, 0x1.0897b9de9e3efp+2, 0x1.da4c11688d252p-6},
        {0x1.fb17c3e518208p-4, 0x1.1dbef1a4e66fep+0, 0x1.8dcd58991ddbep-4},
        {0x1.413eed654fd23p-1, 0x1.2f44510a7977ap+2, 0x1.c1e8ab1738f53p-4},
        {0x1.277a09a57982bp-1, 0x1.fbc04207ef2d9p+0, 0x1.582abdb0de5d5p-2},
        {0x1.f3d7b58e26346p-1, 0x1.dd01b3c887f30p-3, 0x1.fd2468fe01a74p-1},
        {0x1.b7892d8885efap-1, 0x1.72b32bc30fef6p+0, 0x1.9a7cc02d7beb9p-1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double found = nomen_pow(cases[i][0], cases[i][1]);
        if (found != cases[i][2]) { fail_msg("%a to the power %a is %a", cases[i][0], cases[i][1], found); }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cos), cmocka_unit_test(test_pow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
