using System.Globalization;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A point in time as the reference's settings say it, for <c>date --date</c>: <c>3 days ago</c>, <c>yesterday</c>, <c>2026-01-31</c>,
/// <c>2026-01-31 12:00:00 UTC</c>, <c>@1767225600</c>, or a date with steps behind it. Immutable.</summary>
/// <remarks>What is accepted means what it means there; the rest of that grammar is refused. Without a zone a date is local time.</remarks>
public sealed class DateExpression
{
    private const int MaxLength = 128;
    private const long MaxCount = 1_000_000_000;
    private const DateTimeStyles Styles = DateTimeStyles.None;

    private readonly List<(long Count, Unit Unit)> _steps = [];
    private DateTime? _date;      // wall clock
    private bool _isUtc;          // of _date
    private long? _unixSeconds;

    private DateExpression(string text) => Text = text;

    private enum Unit
    {
        Second,
        Day,
        Month,
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>Parses an expression.</summary>
    /// <exception cref="FormatException">It is none that is understood.</exception>
    public static DateExpression Parse(string text)
        => TryParse(text) ?? throw new FormatException($"\"{text}\" is no date that is understood here; expected such as \"3 days ago\", \"2026-01-31\" or \"2026-01-31 12:00:00 UTC\".");

    /// <summary>As <see cref="Parse"/>; null for what is not understood.</summary>
    public static DateExpression? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) return null;
        var expression = new DateExpression(text);
        string[] words = text.ToLowerInvariant().Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return null;
        int at = 0;
        return expression.ReadDate(words, ref at) && expression.ReadSteps(words.AsSpan(at)) ? expression : null;
    }

    /// <summary>The point in time.</summary>
    /// <param name="now">What "now" is.</param>
    /// <param name="zone">Where clocks show local time; null for UTC.</param>
    /// <exception cref="FormatException">It lies outside the years 1 to 9999.</exception>
    public DateTimeOffset Resolve(DateTimeOffset now, TimeZoneInfo? zone = null)
    {
        zone ??= TimeZoneInfo.Utc;
        if (_isUtc) zone = TimeZoneInfo.Utc;
        try
        {
            if (_unixSeconds is { } unix) return DateTimeOffset.FromUnixTimeSeconds(unix);
            var local = _date ?? TimeZoneInfo.ConvertTime(now, zone).DateTime;
            long months = _steps.Where(step => step.Unit == Unit.Month).Sum(step => step.Count);
            long days = _steps.Where(step => step.Unit == Unit.Day).Sum(step => step.Count);
            long seconds = _steps.Where(step => step.Unit == Unit.Second).Sum(step => step.Count);
            // Months first, by the calendar: what is not in the shorter month runs over into the next one. Days and clock follow.
            var calendar = new DateTime(local.Year, local.Month, 1, 0, 0, 0, DateTimeKind.Unspecified)
                .AddMonths(checked((int)months)).AddDays(local.Day - 1).AddDays(days) + local.TimeOfDay;
            return new DateTimeOffset(calendar, zone.GetUtcOffset(calendar)).AddSeconds(seconds);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new FormatException($"\"{Text}\" lies outside the years 1 to 9999.", e);
        }
    }

    /// <summary>The expression as it was written.</summary>
    public override string ToString() => Text;

    private bool ReadDate(string[] words, ref int at)
    {
        string first = words[0];
        if (first[0] == '@')
        {
            at = 1;
            bool isNumber = long.TryParse(first.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long unix);
            _unixSeconds = unix;
            return isNumber && words.Length == 1 && first[1] != '+' && Math.Abs((double)unix) < 200e9;
        }

        if (first.Length < 10 || first[4] != '-') return true; // no date: only steps
        at = 1;
        if (first.Length > 10 && first[10] == 't') return ReadTogether(first);
        if (!DateTime.TryParseExact(first, "yyyy-MM-dd", CultureInfo.InvariantCulture, Styles, out var date)) return false;
        _date = date;
        if (at == words.Length || !words[at].Contains(':', StringComparison.Ordinal)) return true;
        if (!TimeOnly.TryParseExact(words[at++], ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, Styles, out var time)) return false;
        _date = date + time.ToTimeSpan();
        if (at < words.Length && words[at] is "utc" or "z" or "gmt") (_isUtc, at) = (true, at + 1);
        return _isUtc || at == words.Length; // a number behind a time without a zone is taken for a zone
    }

    private bool ReadTogether(string word)
    {
        _isUtc = word.EndsWith('z');
        string rest = _isUtc ? word[..^1] : word;
        if (!DateTime.TryParseExact(rest, ["yyyy-MM-dd't'HH:mm:ss", "yyyy-MM-dd't'HH:mm"], CultureInfo.InvariantCulture, Styles, out var date)) return false;
        _date = date;
        return true;
    }

    private bool ReadSteps(ReadOnlySpan<string> words)
    {
        if (_date is not null && !_isUtc && _date.Value.TimeOfDay != TimeSpan.Zero && words.Length > 0) return false;
        for (int i = 0; i < words.Length;)
        {
            switch (words[i])
            {
                case "now" or "today":
                    i++;
                    continue;
                case "yesterday":
                    _steps.Add((-1, Unit.Day));
                    i++;
                    continue;
                case "tomorrow":
                    _steps.Add((1, Unit.Day));
                    i++;
                    continue;
            }

            bool isWord = words[i] is "last" or "next";
            long count = words[i] == "last" ? -1 : 1;
            if (isWord) i++;
            else if (char.IsAsciiDigit(words[i][^1]) && TryCount(words[i], out count)) i++;
            else if (words[i] is not ("week" or "day" or "month" or "year" or "hour")) return false;
            if (i == words.Length || UnitOf(words[i]) is not { } unit) return false;
            if (++i < words.Length && words[i] == "ago") (count, i) = (-count, i + 1);
            _steps.Add((count * unit.Factor, unit.Unit));
        }

        return true;
    }

    // A sign is for steps from now only: behind a date it might be taken for a zone.
    private bool TryCount(string word, out long count)
        => long.TryParse(word, _date is null ? NumberStyles.AllowLeadingSign : NumberStyles.None, CultureInfo.InvariantCulture, out count) && Math.Abs(count) <= MaxCount
            && word.Length < 10;

    private static (long Factor, Unit Unit)? UnitOf(string word) => word switch
    {
        "sec" or "secs" or "second" or "seconds" => (1, Unit.Second),
        "min" or "mins" or "minute" or "minutes" => (60, Unit.Second),
        "hour" or "hours" => (3600, Unit.Second),
        "day" or "days" => (1, Unit.Day),
        "week" or "weeks" => (7, Unit.Day),
        "fortnight" or "fortnights" => (14, Unit.Day),
        "month" or "months" => (1, Unit.Month),
        "year" or "years" => (12, Unit.Month),
        _ => null,
    };
}
