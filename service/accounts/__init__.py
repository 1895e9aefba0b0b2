"""Who may operate Crieur: operators, their passwords, sessions and what they did."""
