// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/python_policy.hpp"

#include <utility>

#include "base/panic.hpp"
#include "vm/page_numbering.hpp"

namespace py = pybind11;

namespace vmlab {

std::shared_ptr<PolicyTape> use_own_policy(MemoryProfile& profile, const py::object& policy,
                                           const std::optional<std::vector<Input>>& answers) {
    if (answers) {
        const auto tape = std::make_shared<PolicyTape>(std::deque<Input>(answers->begin(), answers->end()));
        profile.make_policy = [tape] { return std::make_unique<PlayedPolicy>(tape); };
        return tape;
    }
    if (policy.is_none()) {
        return nullptr;
    }
    const bool is_class = PyType_Check(policy.ptr()) != 0;
    if (!is_class && (profile.scope == ReplacementScope::Local || profile.dma_frames > 0)) {
        throw py::value_error(
            "with scope=\"local\" each process, and with dma_frames each zone, needs a policy of its own: give the "
            "class, "
            "not an instance");
    }
    const auto tape = std::make_shared<PolicyTape>();
    profile.make_policy = [tape, policy, is_class] {
        const py::gil_scoped_acquire gil;
        return std::make_unique<RecordedPolicy>(std::make_unique<PythonPolicy>(is_class ? policy() : policy), tape);
    };
    return tape;
}

std::uint64_t PolicyPage::number() const { return page_key(identity_); }

std::string PolicyPage::description() const {
    return "page " + std::to_string(number()) + " in frame " + std::to_string(frame_.value);
}

Candidates& PolicyPage::candidates() const {
    if (window_ == nullptr) {
        throw PolicyError(description() + " has left memory: forget a page in on_evict");
    }
    if (window_->candidates() == nullptr) {
        throw PolicyError(description() + ": its bits can be seen only while select_victim or on_tick runs");
    }
    return *window_->candidates();
}

PythonPolicy::PythonPolicy(py::object policy)
    : policy_(std::move(policy)),
      name_(py::type::of(policy_).attr("__name__").cast<std::string>()),
      window_(std::make_shared<PolicyWindow>()) {}

PythonPolicy::~PythonPolicy() {
    const py::gil_scoped_acquire gil;
    while (const auto frame = frames_.front()) {
        pages_[*frame].cast<PolicyPage&>().expire();
        frames_.remove(*frame);
    }
    pages_ = {};
    policy_ = {};
}

void PythonPolicy::on_insert(FrameNumber frame, PageIdentity page) {
    const py::gil_scoped_acquire gil;
    frames_.push_back(frame);
    pages_.set(frame, py::cast(std::make_shared<PolicyPage>(frame, page, window_)));
    policy_.attr("on_insert")(pages_[frame]);
}

void PythonPolicy::on_access(FrameNumber frame, Access) {
    const py::gil_scoped_acquire gil;
    require(frames_.contains(frame), "accessing a page that came in");
    policy_.attr("on_access")(pages_[frame]);
}

void PythonPolicy::on_tick(Candidates& candidates) {
    const py::gil_scoped_acquire gil;
    const PolicyWindow::Opening opening(*window_, candidates);
    policy_.attr("on_tick")(evictable(candidates));
}

std::optional<FrameNumber> PythonPolicy::select_victim(Candidates& candidates) {
    const py::gil_scoped_acquire gil;
    const PolicyWindow::Opening opening(*window_, candidates);
    const py::tuple choice = evictable(candidates);
    if (choice.empty()) {
        return std::nullopt;
    }
    return checked(policy_.attr("select_victim")(choice), candidates);
}

void PythonPolicy::on_evict(FrameNumber frame) {
    const py::gil_scoped_acquire gil;
    frames_.remove(frame);
    const py::object page = std::exchange(pages_[frame], {});
    page.cast<PolicyPage&>().expire();
    policy_.attr("on_evict")(page);
}

py::tuple PythonPolicy::evictable(const Candidates& candidates) {
    py::list pages;
    for (auto frame = frames_.front(); frame; frame = frames_.after(*frame)) {
        if (candidates.may_evict(*frame)) {
            pages.append(pages_[*frame]);
        }
    }
    return pages;
}

FrameNumber PythonPolicy::checked(const py::object& chosen, const Candidates& candidates) {
    const auto refuse = [&](const std::string& what) {
        throw PolicyError(name_ + ".select_victim returned " + what + ": return one of the candidates");
    };
    if (!py::isinstance<PolicyPage>(chosen)) {
        refuse(py::repr(chosen).cast<std::string>() + ", which is no page");
    }
    const auto& page = chosen.cast<const PolicyPage&>();
    if (!frames_.contains(page.frame()) || !pages_[page.frame()].is(chosen)) {
        refuse(page.description() + ", which has left memory");
    }
    if (!candidates.may_evict(page.frame())) {
        refuse(page.description() + ", which may not be evicted now");
    }
    return page.frame();
}

}  // namespace vmlab
