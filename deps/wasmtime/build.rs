//! Copies the headers of the C API, the generated `conf.h` among them, to `<target>/<profile>/include`.
use std::{env, fs, io, path::Path, path::PathBuf};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn main() {
    let headers = env::var_os("DEP_WASMTIME_C_API_INCLUDE").expect("the C API names its include folder");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let top = out.ancestors().nth(3).expect("OUT_DIR lies below <target>/<profile>/build");
    copy_tree(Path::new(&headers), &top.join("include")).expect("copy the headers");
}
