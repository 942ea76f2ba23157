//! Where a section of a serialized module lies in its bytes.
use object::read::elf::{ElfFile64, FileHeader, SectionHeader};
use object::{Endianness, elf::FileHeader64};

pub fn find<'a>(bytes: &'a mut [u8], name: &str) -> Option<&'a mut [u8]> {
    let file = ElfFile64::<Endianness>::parse(&*bytes).ok()?;
    let header: &FileHeader64<Endianness> = file.elf_header();
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, &*bytes).ok()?;
    let found = sections.iter().find(|s| sections.section_name(endian, *s).ok() == Some(name.as_bytes()))?;
    let (offset, size) = found.file_range(endian)?;
    let (offset, size) = (usize::try_from(offset).ok()?, usize::try_from(size).ok()?);
    bytes.get_mut(offset..offset.checked_add(size)?)
}
