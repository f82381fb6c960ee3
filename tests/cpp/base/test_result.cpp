// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/result.hpp"

using namespace vmlab;

namespace {

Result<int, std::string> half(int number) {
    if (number % 2 != 0) {
        return Failure(std::string("odd"));
    }
    return number / 2;
}

}  // namespace

TEST_CASE("a result is a value or the reason why there is none") {
    CHECK(half(8).value() == 4);
    CHECK(half(7).error() == "odd");
    CHECK(half(8).ok());
    CHECK_FALSE(static_cast<bool>(half(7)));
}

TEST_CASE("asking a result for what it has not is a bug of ours") {
    CHECK_THROWS_AS(static_cast<void>(half(7).value()), Panic);
    CHECK_THROWS_AS(static_cast<void>(half(8).error()), Panic);
}

TEST_CASE("value and error may have the same type") {
    const Result<int, int> good = 1;
    const Result<int, int> bad = Failure(1);
    CHECK(good.ok());
    CHECK_FALSE(bad.ok());
}

TEST_CASE("take gives the value away") {
    Result<std::unique_ptr<int>, int> result = std::make_unique<int>(3);
    const std::unique_ptr<int> taken = std::move(result).take();
    CHECK(*taken == 3);
}

TEST_CASE("a panic says where it was raised") {
    try {
        require(false, "two is not three");
        FAIL("require let a broken condition pass");
    } catch (const Panic& panic) {
        const std::string text = panic.what();
        CHECK(text.find("two is not three") == 0);
        CHECK(text.find("test_result.cpp:") != std::string::npos);
    }
}
