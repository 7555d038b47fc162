// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Dates of the proleptic Gregorian calendar in UTC, as YYYYMMDD
library CalendarDate {
    /// @param timestamp Seconds since 1970.
    /// @dev Howard Hinnant's `civil_from_days`: the year begins in March, so that leap days come last.
    function fromTimestamp(uint256 timestamp) internal pure returns (uint256) {
        // Far from either end of the type, whatever a block's time is.
        unchecked {
            uint256 shifted = timestamp / 1 days + 719468;
            uint256 era = shifted / 146097;
            uint256 dayOfEra = shifted % 146097;
            uint256 yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
            uint256 dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
            uint256 marchMonth = (5 * dayOfYear + 2) / 153;
            uint256 day = dayOfYear - (153 * marchMonth + 2) / 5 + 1;
            uint256 month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
            uint256 year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
            return year * 10_000 + month * 100 + day;
        }
    }
}
