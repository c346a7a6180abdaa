using System.Buffers;
using System.Globalization;

namespace Cvmfs.Net.Documents;

/// <summary>Day, month, year, clock and zone of a date, recognised by their shape rather than by their place.</summary>
internal struct DateParts
{
    private const int None = -1;

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private int _year, _month, _day, _hour, _minute, _second, _halfDay;
    private TimeSpan _offset;
    private bool _hasZone;

    public DateParts() => (_year, _month, _day, _hour, _halfDay) = (None, None, None, None, None);

    /// <summary>Whether the zone was there and known.</summary>
    public bool IsZoneKnown { get; private set; }

    /// <summary>Takes every word of a text; false at one that has no place in a date, or has it twice.</summary>
    public bool TryRead(ReadOnlySpan<char> text)
    {
        foreach (var range in text.SplitAny(" \t\r\n,"))
        {
            var word = text[range];
            if (!word.IsEmpty && !TryTake(word)) return false;
        }

        return _year != None && _month != None && _day != None && _hour != None;
    }

    /// <summary>The time in UTC; null where a part is out of range.</summary>
    public readonly DateTimeOffset? ToTime()
    {
        int hour = _hour;
        if (_halfDay != None)
        {
            if (hour is < 1 or > 12) return null;
            hour = hour % 12 + 12 * _halfDay;
        }

        if (_year is < 1 or > 9998 || _day < 1 || _day > DateTime.DaysInMonth(_year, _month) || hour > 23 || _minute > 59 || _second > 60) return null;
        return new DateTimeOffset(_year, _month, _day, hour, _minute, 0, TimeSpan.Zero).AddSeconds(_second) - _offset; // 60 is a leap second
    }

    private bool TryTake(ReadOnlySpan<char> word)
    {
        if (char.IsAsciiDigit(word[0])) return word.Contains(':') ? TryTakeClock(word) : TryTakeNumber(word);
        if (word[0] is '+' or '-') return TryTakeOffset(word);
        if (IsWeekday(word)) return true;
        if (Month(word) is > 0 and var month) return TrySet(ref _month, month);
        if (word.Equals("AM", StringComparison.OrdinalIgnoreCase)) return TrySet(ref _halfDay, 0);
        if (word.Equals("PM", StringComparison.OrdinalIgnoreCase)) return TrySet(ref _halfDay, 1);
        return TryTakeZone(word);
    }

    private bool TryTakeNumber(ReadOnlySpan<char> word)
        => TryNumber(word, out int number) && word.Length switch
        {
            <= 2 => TrySet(ref _day, number),
            4 => TrySet(ref _year, number),
            _ => false,
        };

    private bool TryTakeClock(ReadOnlySpan<char> word)
    {
        Span<Range> parts = stackalloc Range[4];
        int count = word.Split(parts, ':');
        return count is 2 or 3
            && TryNumber(word[parts[0]], out int hour)
            && TryNumber(word[parts[1]], out _minute)
            && (count == 2 || TryNumber(word[parts[2]], out _second))
            && TrySet(ref _hour, hour);
    }

    private bool TryTakeOffset(ReadOnlySpan<char> word)
    {
        var digits = word[1..];
        bool isValid = digits.Length switch
        {
            4 => true,
            5 => digits[2] == ':',
            _ => false,
        };
        if (!isValid || !TryNumber(digits[..2], out int hours) || !TryNumber(digits[^2..], out int minutes) || hours > 14 || minutes > 59) return false;
        var offset = new TimeSpan(hours, minutes, 0);
        return TrySetZone(word[0] == '-' ? -offset : offset);
    }

    private bool TryTakeZone(ReadOnlySpan<char> word)
    {
        if (word.Length > 6 || word.ContainsAnyExcept(Letters)) return false;
        if (ZoneHours(word) is { } hours) return TrySetZone(TimeSpan.FromHours(hours));
        bool isFirst = !_hasZone;
        _hasZone = true; // unknown: counts as UTC, and the caller learns that it was unknown
        return isFirst;
    }

    private bool TrySetZone(TimeSpan offset)
    {
        if (_hasZone) return false;
        (_hasZone, IsZoneKnown, _offset) = (true, true, offset);
        return true;
    }

    private static bool TrySet(ref int part, int value)
    {
        if (part != None) return false;
        part = value;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> digits, out int number)
        => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool IsWeekday(ReadOnlySpan<char> word) => IndexOf(CultureInfo.InvariantCulture.DateTimeFormat.DayNames, word) >= 0;

    private static int Month(ReadOnlySpan<char> word) => IndexOf(CultureInfo.InvariantCulture.DateTimeFormat.MonthNames, word) + 1;

    private static int IndexOf(string[] names, ReadOnlySpan<char> word)
    {
        for (int i = 0; i < names.Length; i++)
        {
            bool isShort = word.Length == 3;
            if (names[i].Length > 0 && word.Equals(isShort ? names[i].AsSpan(0, 3) : names[i], StringComparison.OrdinalIgnoreCase)) return i;
        }

        return -1;
    }

    // Only abbreviations that mean one thing wherever Stratum 1 servers stand: CST, IST and the like stay unknown.
    private static int? ZoneHours(ReadOnlySpan<char> zone)
    {
        Span<char> upper = stackalloc char[zone.Length];
        zone.ToUpperInvariant(upper);
        return upper switch
        {
            "UTC" or "GMT" or "UCT" or "Z" or "WET" => 0,
            "CET" or "MEZ" or "BST" or "WEST" => 1,
            "CEST" or "MESZ" or "EET" => 2,
            "EEST" or "MSK" => 3,
            "JST" or "KST" => 9,
            "AEST" => 10,
            "AEDT" => 11,
            "EST" => -5,
            "EDT" => -4,
            "CDT" => -5,
            "MST" => -7,
            "MDT" => -6,
            "PST" => -8,
            "PDT" => -7,
            _ => null,
        };
    }
}
