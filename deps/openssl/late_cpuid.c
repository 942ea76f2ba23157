/* late_cpuid.c: OpenSSL asks the processor what it can do before main, with half a dozen instructions that a virtual machine traps: 10 to 25 µs each, at
 * every start, while most commands use nothing of it. The link puts this in the function's place (cmake/deps.cmake). The call from .init, which comes before all
 * constructors, does nothing; the next comes from OPENSSL_init_crypto, which everything that is called EVP_… or SSL_… begins with. Until then the plain code is used. */
void __real_OPENSSL_cpuid_setup(void);
void __wrap_OPENSSL_cpuid_setup(void);

static int constructors_run;

__attribute__((constructor)) static void note(void) { constructors_run = 1; }

void __wrap_OPENSSL_cpuid_setup(void) {
    if (constructors_run) __real_OPENSSL_cpuid_setup();
}
