// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/errno.hpp"

namespace vmlab::linux_abi {

Errno errno_of(FileError error) {
    switch (error) {
        case FileError::NotFound:
            return Errno::NOENT;
        case FileError::NotDirectory:
            return Errno::NOTDIR;
        case FileError::IsDirectory:
            return Errno::ISDIR;
        case FileError::Exists:
            return Errno::EXIST;
        case FileError::NotEmpty:
            return Errno::NOTEMPTY;
        case FileError::BadDescriptor:
            return Errno::BADF;
        case FileError::TooManyOpen:
            return Errno::MFILE;
        case FileError::Invalid:
            return Errno::INVAL;
        case FileError::NotSeekable:
            return Errno::SPIPE;
        case FileError::TooBig:
        case FileError::PastLimit:
            return Errno::FBIG;
        case FileError::NoMemory:
            return Errno::NOMEM;
        case FileError::TooManyLinks:
            return Errno::LOOP;
        case FileError::NameTooLong:
            return Errno::NAMETOOLONG;
        case FileError::NoDevice:
            return Errno::NXIO;
        case FileError::InputOutput:
            return Errno::IO;
        case FileError::TextBusy:
            return Errno::TXTBSY;
        case FileError::NotExecutable:
            return Errno::ACCES;
        case FileError::BadAddress:
            return Errno::FAULT;
        case FileError::WouldBlock:
            return Errno::AGAIN;
        case FileError::BrokenPipe:
            return Errno::PIPE;
        case FileError::NoSpace:
            return Errno::NOSPC;
        case FileError::Busy:
            return Errno::BUSY;
        case FileError::NotPermitted:
            return Errno::PERM;
        case FileError::OtherFilesystem:
            return Errno::XDEV;
        case FileError::NotSupported:
            return Errno::OPNOTSUPP;
        case FileError::NotConnected:
            return Errno::NOTCONN;
        case FileError::Connected:
            return Errno::ISCONN;
        case FileError::Refused:
            return Errno::CONNREFUSED;
        case FileError::Reset:
            return Errno::CONNRESET;
        case FileError::AddressInUse:
            return Errno::ADDRINUSE;
        case FileError::OtherKind:
            return Errno::PROTOTYPE;
        case FileError::MessageTooLong:
            return Errno::MSGSIZE;
        case FileError::Unheard:
            return Errno::PIPE;
    }
    throw Panic("a file error without a Linux number");
}

Errno errno_of(VmError error) {
    switch (error) {
        case VmError::Invalid:
            return Errno::INVAL;
        case VmError::NoMemory:
        case VmError::NoTable:
        case VmError::NotMapped:
            return Errno::NOMEM;
        case VmError::Overlap:
            return Errno::EXIST;
        case VmError::InputOutput:
            return Errno::IO;
        case VmError::AccessDenied:
            return Errno::ACCES;
        case VmError::NoPage:
            return Errno::FAULT;
    }
    throw Panic("an address-space error without a Linux number");
}

}  // namespace vmlab::linux_abi
