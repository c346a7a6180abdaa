using System.Globalization;
using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Documents;

public sealed class CvmfsDateTests
{
    [Theory]
    [InlineData("2025-01-06T08:05:09Z", "Mon Jan  6 08:05:09 UTC 2025")]
    [InlineData("2025-11-16T00:00:00Z", "Sun Nov 16 00:00:00 UTC 2025")]
    [InlineData("2025-01-06T09:05:09+01:00", "Mon Jan  6 08:05:09 UTC 2025")]
    [Conforms("protocol", 114)]
    public void Writes_dates_as_the_server_tools_do(string time, string expected)
        => Assert.Equal(expected, CvmfsDate.Format(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("Mon Jan  6 08:05:09 UTC 2025", "2025-01-06T08:05:09Z")]
    [InlineData("Mon Jan 6 08:05:09 UTC 2025", "2025-01-06T08:05:09Z")]
    [InlineData("Mon Jan 06 08:05:09 UTC 2025", "2025-01-06T08:05:09Z")]
    [InlineData("Sat Aug 26 22:02:03 UTC 2023", "2023-08-26T22:02:03Z")]
    [InlineData("Fri Jun 21 05:40:02 PM UTC 2024", "2024-06-21T17:40:02Z")]
    [InlineData("Fri Jun 21 12:40:02 AM UTC 2024", "2024-06-21T00:40:02Z")]
    [InlineData("Fri Jun 21 12:40:02 PM UTC 2024", "2024-06-21T12:40:02Z")]
    [InlineData("Fri 21 Jun 2024 05:40:02 PM UTC", "2024-06-21T17:40:02Z")]
    [InlineData("Fri Jun 21 19:40:02 CEST 2024", "2024-06-21T17:40:02Z")]
    [InlineData("Fri Jun 21 12:40:02 EST 2024", "2024-06-21T17:40:02Z")]
    [InlineData("Fri, 21 Jun 2024 17:40:02 +0000", "2024-06-21T17:40:02Z")]
    [InlineData("Fri, 21 Jun 2024 19:40:02 +0200", "2024-06-21T17:40:02Z")]
    [InlineData("Fri, 21 Jun 2024 17:40:02 GMT", "2024-06-21T17:40:02Z")]
    [InlineData("2024-06-21T17:40:02Z", "2024-06-21T17:40:02Z")]
    [InlineData("2024-06-21T19:40:02+02:00", "2024-06-21T17:40:02Z")]
    [InlineData("2024-06-21T17:40:02.123Z", "2024-06-21T17:40:02.123Z")]
    [InlineData("1718991602", "2024-06-21T17:40:02Z")]
    [InlineData("  Mon   Jan  6 08:05:09 UTC 2025 \n", "2025-01-06T08:05:09Z")]
    [InlineData("mon jan 6 08:05:09 utc 2025", "2025-01-06T08:05:09Z")]
    [InlineData("Sunday January 6 08:05:09 UTC 2025", "2025-01-06T08:05:09Z")]
    [InlineData("Tue Dec 31 23:59:60 UTC 2024", "2025-01-01T00:00:00Z")]
    [Conforms("protocol", 115)]
    public void Reads_dates_that_servers_write(string text, string expected)
    {
        var date = CvmfsDate.Read(text);
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), date.Time);
        Assert.True(date.IsZoneKnown);
        Assert.Equal(text, date.Text);
        Assert.True(CvmfsDate.TryParse(text, out _));
    }

    [Theory]
    [InlineData("Mon Jan  6 08:05:09 CST 2025")]
    [InlineData("Mon Jan  6 08:05:09 XYZ 2025")]
    [InlineData("Mon Jan  6 08:05:09 2025")]
    [InlineData("2025-01-06T08:05:09")]
    [Conforms("protocol", 115)]
    public void An_unknown_zone_counts_as_UTC_and_shows(string text)
    {
        var date = CvmfsDate.Read(text);
        Assert.Equal(new DateTimeOffset(2025, 1, 6, 8, 5, 9, TimeSpan.Zero), date.Time);
        Assert.False(date.IsZoneKnown);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("never")]
    [InlineData("Mon Jan 32 08:05:09 UTC 2025")]
    [InlineData("Mon Feb 30 08:05:09 UTC 2025")]
    [InlineData("Mon Jan  6 24:05:09 UTC 2025")]
    [InlineData("Mon Jan  6 08:61:09 UTC 2025")]
    [InlineData("Mon Jan  6 13:05:09 PM UTC 2025")]
    [InlineData("Mon Jan  6 00:05:09 PM UTC 2025")]
    [InlineData("Mon Jan  6 08:05:09 UTC")]
    [InlineData("Jan 6 2025")]
    [InlineData("Mon Jan  6 08:05:09 UTC UTC 2025")]
    [InlineData("Mon Jan Feb 6 08:05:09 UTC 2025")]
    [InlineData("Mon Jan  6 08:05:09 +99 2025")]
    [InlineData("Mon Jan  6 08:05:09:10 UTC 2025")]
    [InlineData("Mon Jan  6 08:05:09 UTC 02025")]
    [InlineData("<html>")]
    [InlineData("99999999999999999999")]
    [Conforms("protocol", 115)]
    public void A_bad_date_is_a_text_without_a_time(string text)
    {
        var date = CvmfsDate.Read(text);
        Assert.Null(date.Time);
        Assert.Equal(text, date.ToString());
        Assert.False(CvmfsDate.TryParse(text, out _));
    }

    [Fact]
    public void What_is_written_reads_again()
        => Properties.Hold<uint>(seconds => Assert.Equal(
            DateTimeOffset.FromUnixTimeSeconds(seconds), CvmfsDate.Read(CvmfsDate.Format(DateTimeOffset.FromUnixTimeSeconds(seconds))).Time));

    [Fact]
    public void Random_text_is_never_an_exception()
    {
        Properties.Hold<string>(text => Assert.Equal(text ?? "", CvmfsDate.Read(text ?? "").Text));
        string[] words = ["Mon", "Jan", "6", "31", "2025", "9999", "0001", "08:05:09", "23:59:60", "PM", "UTC", "+1400", "-1400", "CEST", ",", "1:2"];
        Properties.Hold<byte[]>(picks => Assert.NotNull(CvmfsDate.Read(string.Join(' ', picks.Take(8).Select(pick => words[pick % words.Length]))).Text));
    }
}
