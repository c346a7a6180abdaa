using Cvmfs.Net.Monitoring.Fleet.Rotation;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>What the file itself knows of dates; those of whitelists and certificates are seen on servers.</summary>
internal static class CalendarOutput
{
    public static IEnumerable<RenderedFile> Render(FleetDescription fleet)
    {
        var calendar = RotationCalendar.Of(fleet, []);
        yield return RenderedFile.OfText("calendar/rotation.ics", calendar.ToICalendar());
        yield return RenderedFile.OfText("calendar/rotation.txt", RenderedFile.Header(fleet) + calendar.ToText());
    }
}
