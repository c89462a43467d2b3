/* In WebAssembly without a system: what is said goes to the embedder, a character a call. */
__attribute__((import_module("env"), import_name("put"))) void put(char c);
int run_all(void);

__attribute__((export_name("begin"))) int begin(void) {
  return run_all();
}
