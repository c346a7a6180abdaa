namespace Cvmfs.Net.Server.Geo;

/// <summary>When a location database is fetched anew without being asked for. Rules of the reference's lazy update.</summary>
internal static class GeoUpdateSchedule
{
    /// <summary>Whether to try now.</summary>
    /// <param name="options">Days and hour.</param>
    /// <param name="now">Local time.</param>
    /// <param name="written">When the file was written; null where there is none.</param>
    /// <param name="lastAttempt">Day of the year of the last attempt; null for none.</param>
    public static bool IsDue(GeoUpdateOptions options, DateTimeOffset now, DateTimeOffset? written, int? lastAttempt)
    {
        if (lastAttempt == now.DayOfYear) return false;
        if (written is not { } at) return true;
        double days = (now - at).TotalDays;
        if (days <= options.MinDays) return false;
        return days > options.MaxDays || ((int)now.DayOfWeek == options.UpdateDay % 7 && now.Hour >= options.UpdateHour);
    }
}
