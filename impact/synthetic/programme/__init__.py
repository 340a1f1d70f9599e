"""What the programme itself keeps of its groups: records and the subprojects' books."""
