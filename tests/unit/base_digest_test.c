#include "base/digest.h"
#include "base/mem.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct str hex(char out[static SHA256_HEX], const uint8_t *digest)
{
    hex_put(out, digest, SHA256_BYTES);
    return (struct str){ out, SHA256_HEX };
}

/* Examples of FIPS 180-4 (NIST, "Secure Hash Standard", SHA-256 examples), and nothing at all. */
static void known_digests(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t digest[SHA256_BYTES];
        char text[SHA256_HEX];
        sha256(digest, str_from(cases[i].text));
        assert_text(cases[i].text, hex(text, digest), cases[i].want);
    }
}

static void a_million_a_in_pieces(void **state)
{
    (void)state;
    struct sha256 *d = sha256_new();
    char piece[1000];
    memset(piece, 'a', sizeof piece);
    for (int i = 0; i < 1000; i++) {
        sha256_add(d, (struct str){ piece, 333 });
        sha256_add(d, (struct str){ piece, 667 });
        sha256_add(d, (struct str){ 0 });
    }
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_HEX];
    sha256_take(d, digest);
    assert_text("a million", hex(text, digest),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void hex_of_any_byte(void **state)
{
    (void)state;
    char text[9] = "........";
    hex_put(text, (const uint8_t[]){ 0x00, 0x0F, 0xF0, 0xAB }, 4);
    assert_string_equal(text, "000ff0ab");
}

static const char *program; /* this one */

/* A configuration that cannot be read would stop a program that looks at it. */
static void the_configuration_file_is_not_read(void **state)
{
    (void)state;
    char conf[] = "digest-test-XXXXXX";
    int fd = mkstemp(conf);
    assert_true(fd >= 0);
    static const char TEXT[] = "openssl_conf = x\nconfig_diagnostics = 1\n[x]\n"
                               "providers = y\n[y]\nz = w\n[w]\nmodule = /no/such/module\n"
                               "activate = 1\n";
    assert_int_equal(write(fd, TEXT, sizeof TEXT - 1), (int)sizeof TEXT - 1);
    close(fd);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("OPENSSL_CONF", conf, 1);
        execl(program, program, "digest", (char *)NULL);
        _exit(9);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    unlink(conf);
    assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "digest") == 0) {
        uint8_t digest[SHA256_BYTES];
        sha256(digest, S("abc"));
        return digest[0] == 0xBA ? 0 : 1;
    }
    program = argv[0];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digests),
        cmocka_unit_test(a_million_a_in_pieces),
        cmocka_unit_test(hex_of_any_byte),
        cmocka_unit_test(the_configuration_file_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
