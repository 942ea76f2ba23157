"""Reading WebAssembly modules: what the scripts of the build need of it."""


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def name(self):
        return self.take(self.number()).decode()

    def rest(self):
        return self.data[self.at :]


def sections(data):
    """Number and content of each, in order."""
    if data[:8] != b"\0asm\1\0\0\0":
        raise SystemExit("not a WebAssembly module")
    reader = Reader(data, 8)
    while reader.at < len(data):
        section = reader.number()
        yield section, reader.take(reader.number())


def leb(value, width=1):
    """A number as modules have them, in at least so many bytes."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
