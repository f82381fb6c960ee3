// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/python_abi.hpp"

#include <memory>

namespace py = pybind11;

namespace vmlab {

namespace {

/// The door for one trap, shut when its handler returns.
class OpenDoor {
public:
    explicit OpenDoor(Caller& caller) : door_(std::make_shared<CallerDoor>(caller)) {}
    OpenDoor(const OpenDoor&) = delete;
    OpenDoor& operator=(const OpenDoor&) = delete;
    ~OpenDoor() { door_->shut(); }

    [[nodiscard]] const std::shared_ptr<CallerDoor>& operator*() const { return door_; }

private:
    std::shared_ptr<CallerDoor> door_;
};

}  // namespace

Caller& CallerDoor::caller() const {
    if (caller_ == nullptr) {
        throw py::value_error("this process handle has expired: it is valid only until the ABI's handler returns");
    }
    return *caller_;
}

std::uint32_t PythonCallHandler::on_call(Caller& caller, std::uint32_t number,
                                         std::span<const std::uint32_t> arguments) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(caller);
    py::list words;
    for (const std::uint32_t word : arguments) {
        words.append(word);
    }
    return handlers_.attr("call")(*door, number, words).cast<std::uint32_t>();
}

void PythonCallHandler::on_fault(Caller& caller, const PageFault& fault, FaultResult why) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(caller);
    handlers_.attr("page_fault")(*door, fault.address.value, fault.error, static_cast<std::uint32_t>(fault.access),
                                 fault.eip.value, static_cast<std::uint32_t>(why));
}

void PythonCallHandler::on_exception(Caller& caller, std::uint8_t vector, std::uint32_t error) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(caller);
    handlers_.attr("exception")(*door, std::uint32_t{vector}, error);
}

}  // namespace vmlab
